import type { JsonObject } from '../../../domain/json.ts';
import type { Catalog, CatalogDocument } from '../backend.ts';
import { digestOf } from '../documents/digest.ts';
import { type DocumentKind, named } from '../documents/kinds.ts';
import { Refusal, unknownName } from '../refusal.ts';
import { applyPatch, type Patch } from './apply-patch.ts';
import type { Origin, ProposedChange } from './change.ts';
import type { ChangeBook } from './change-book.ts';
import { checkChange, differencesOf } from './check-change.ts';
import { inOrderOf } from './in-order-of.ts';

export interface Proposal {
  readonly kind: DocumentKind;
  readonly id: string;
  /** The whole new document, or … */
  readonly document: JsonObject | undefined;
  /** … what is to be done to the one in force. */
  readonly patch: Patch | undefined;
  readonly reason: string;
  readonly origin: Origin | undefined;
}

/**
 * Keeps a change for a person to decide about; no document is touched. The same change has the same id whoever asks and how
 * often. Undefined when the document says already what is asked for. Throws Refusal.
 */
export async function proposeChange(
  { catalog, book, nowMs }: { readonly catalog: Catalog; readonly book: ChangeBook; readonly nowMs: number },
  proposal: Proposal,
): Promise<ProposedChange | undefined> {
  const { reason, origin } = proposal;
  const was = documentNamed(catalog, proposal);
  const asked = inOrderOf(was.value, newDocument(was, proposal));
  if (digestOf(asked) === was.digest) return undefined;
  requireMoreThanVersion(was, asked);
  const now = agreed(was, asked);
  const comparison = checkChange(catalog, { was, now });
  const to = { version: String(now['version']), digest: digestOf(now) };
  const { kind, id: documentId } = was;
  const from = { version: was.version, digest: was.digest };
  const id = `ch-${digestOf({ kind, documentId, from, to })}`;
  const differences = differencesOf(comparison);
  const { breaking } = comparison;
  const change = { id, kind, documentId, from, to, was: was.value, now, breaking, differences };
  await book.exclusively(async () => book.propose(change, { reason, origin, atMs: nowMs }));
  return change;
}

/** Throws Refusal with the nearest name. */
export function documentNamed(
  { documents }: Catalog,
  { kind, id }: { readonly kind: DocumentKind; readonly id: string },
): CatalogDocument {
  const ofKind = documents.filter((document) => document.kind === kind);
  const found = ofKind.find((document) => document.id === id);
  if (found) return found;
  const elsewhere = documents.find((document) => document.id === id);
  if (elsewhere)
    throw new Refusal(
      `There is no ${named({ kind, id })}, but a ${named(elsewhere)}.`,
      `Give kind: ${elsewhere.kind}.`,
    );
  throw unknownName(
    kind,
    id,
    ofKind.map((document) => document.id),
  );
}

/** A new number on the same text would look like a decision about something. */
function requireMoreThanVersion(was: CatalogDocument, asked: JsonObject): void {
  if (digestOf({ ...asked, version: was.value['version'] ?? null }) !== was.digest) return;
  throw new Refusal(
    `Nothing but the version of the ${named(was)} would change, from ${was.version} to ${String(asked['version'])}.`,
    'Say what is to change as well, or leave it as it is.',
  );
}

/** A draft is what nobody has agreed to. The person who accepts the change agrees to all of it, and sees the status in the difference. */
const agreed = ({ value }: CatalogDocument, asked: JsonObject): JsonObject =>
  value['status'] === 'draft' && asked['status'] === 'draft' ? { ...asked, status: 'active' } : asked;

function newDocument({ value }: CatalogDocument, { document, patch }: Proposal): JsonObject {
  if ((document === undefined) === (patch === undefined))
    throw new Refusal('A change is either a document or a patch.', 'Give one of them.');
  return document ?? applyPatch(value, patch ?? []);
}
