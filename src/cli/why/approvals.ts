import { existsSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { messageOf } from '../../errors/index.ts';
import type { Approved } from '../../lineage/answer.ts';
import type { Author } from '../../lineage/authors-of-call.ts';
import type { CatalogDocument } from '../../servers/catalog/backend.ts';
import { versionOriginOf } from '../../servers/catalog/changes/rows.ts';
import { openReadOnly } from './read-only-database.ts';

/** Who let a version of a document come into force, and what it says. */
export interface Approvals {
  of(kind: 'contract' | 'mapping', document: string): Approved;
  /** The text of that version: as it stands now, or as the catalog's book kept it when it was changed. */
  textOf(kind: 'contract' | 'mapping', document: string): JsonObject | undefined;
  /** Why the catalog's book cannot be asked, if it cannot. */
  readonly unread: string | undefined;
  close(): void;
}

export interface ApprovalSources {
  /** SQLite file of the catalog: proposals, decisions and registrations. */
  readonly file: string;
  readonly documents: ReadonlyMap<string, CatalogDocument>;
  readonly authorsOf: (call: string) => readonly Author[];
}

/** From the catalog's book, which is only read; of documents that nobody proposed there it knows nothing. */
export function openApprovals({ file, documents, authorsOf }: ApprovalSources): Approvals {
  const { database, unread } = openBook(file);
  const standing = (document: string): CatalogDocument | undefined => {
    const { id, version } = split(document);
    const found = documents.get(id);
    return found?.version === version ? found : undefined;
  };
  return {
    unread,
    of: (asked, document) => {
      const now = standing(document);
      // A table that the business's rules were written to names the policy as its contract.
      const kind =
        asked === 'contract' && documents.get(split(document).id)?.kind === 'policy' ? 'policy' : asked;
      const status = (now?.value ?? keptText(database, { kind, ...split(document) }))?.['status'];
      const origin = database && versionOriginOf(database, { kind, ...split(document) });
      const call = origin?.origin?.call;
      return {
        document,
        kind,
        ...(now && { place: now.place }),
        ...(typeof status === 'string' && { status }),
        authors: call === undefined ? [] : authorsOf(call),
        ...(origin && {
          approval: {
            how: origin.how,
            at: origin.atMs,
            ...(origin.change && {
              by: origin.change.by,
              change: origin.change.id,
              reason: origin.change.reason,
            }),
            ...(call !== undefined && { call }),
          },
        }),
      };
    },
    textOf: (kind, document) => standing(document)?.value ?? keptText(database, { kind, ...split(document) }),
    close: () => database?.close(),
  };
}

function split(document: string): { readonly id: string; readonly version: string } {
  const at = document.lastIndexOf('@');
  return { id: document.slice(0, Math.max(0, at)), version: document.slice(at + 1) };
}

/** "aicg", as the catalog marks its file. */
const applicationId = 0x61_69_63_67;

function openBook(file: string): {
  readonly database: Database | undefined;
  readonly unread: string | undefined;
} {
  if (!existsSync(file)) return { database: undefined, unread: undefined };
  const because = (why: string): string =>
    `Who let documents come into force is not told: the catalog's book ${file} cannot be read (${why}).`;
  try {
    const database = openReadOnly(file);
    if (database.pragma('application_id', { simple: true }) === applicationId)
      return { database, unread: undefined };
    database.close();
    return { database: undefined, unread: because('it is a database of another program') };
  } catch (error) {
    return { database: undefined, unread: because(messageOf(error)) };
  }
}

interface Version {
  readonly kind: string;
  readonly id: string;
  readonly version: string;
}

/** What a change replaced, and what it brought, is kept with it. */
function keptText(database: Database | undefined, { kind, id, version }: Version): JsonObject | undefined {
  const row = database
    ?.prepare<unknown[], { text: string }>(
      `SELECT was AS text FROM proposals WHERE kind = @kind AND document_id = @id AND from_version = @version
       UNION ALL
       SELECT now FROM proposals JOIN decisions USING (change_id)
       WHERE decision = 'accepted' AND kind = @kind AND document_id = @id AND to_version = @version LIMIT 1`,
    )
    .get({ kind, id, version });
  const value = row && (JSON.parse(row.text) as Json);
  return value && isJsonObject(value) ? value : undefined;
}
