import type { Database } from 'better-sqlite3';
import type { DocumentKind } from '../documents/kinds.ts';
import type { Asking, Change, Decision, Origin, VersionOrigin } from './change.ts';

/** The rows of the book as they are kept, and as they are read. */
export interface ProposalRow {
  readonly change_id: string;
  readonly kind: DocumentKind;
  readonly document_id: string;
  readonly from_version: string;
  readonly from_digest: string;
  readonly to_version: string;
  readonly to_digest: string;
  readonly was: string;
  readonly now: string;
  readonly breaking: number;
  readonly differences: string;
}
interface OriginRow {
  readonly run_id: string | null;
  readonly call: string | null;
}
export interface AskingRow extends OriginRow {
  readonly reason: string;
  readonly asked_at_ms: number;
}
export interface DecisionRow {
  readonly decision: Decision['decision'];
  readonly decided_by: string;
  readonly because: string | null;
  readonly decided_at_ms: number;
}

export function changeOf(
  row: ProposalRow,
  { askings, decision }: { readonly askings: readonly Asking[]; readonly decision: DecisionRow | undefined },
): Change {
  return {
    id: row.change_id,
    kind: row.kind,
    documentId: row.document_id,
    from: { version: row.from_version, digest: row.from_digest },
    to: { version: row.to_version, digest: row.to_digest },
    was: JSON.parse(row.was),
    now: JSON.parse(row.now),
    breaking: row.breaking === 1,
    differences: JSON.parse(row.differences),
    askings,
    decision: decision && decisionOf(decision),
    state: decision?.decision ?? 'proposed',
  };
}

const decisionOf = ({ decision, decided_by, because, decided_at_ms }: DecisionRow): Decision => ({
  decision,
  by: decided_by,
  because: because ?? undefined,
  atMs: decided_at_ms,
});

export const askingOf = (row: AskingRow): Asking => ({
  reason: row.reason,
  origin: originOf(row),
  atMs: row.asked_at_ms,
});

function originOf({ run_id, call }: OriginRow): Origin | undefined {
  return run_id === null || call === null ? undefined : { run: run_id, call };
}

interface VersionRow extends OriginRow {
  readonly digest: string;
  readonly at_ms: number;
  readonly change_id: string | null;
  readonly decided_by: string | null;
  readonly reason: string | null;
  readonly breaking: number | null;
}

export function versionOriginOf(
  database: Database,
  { kind, id, version }: { readonly kind: DocumentKind; readonly id: string; readonly version: string },
): VersionOrigin | undefined {
  const row = database
    .prepare(
      `SELECT p.to_digest AS digest, d.decided_at_ms AS at_ms, a.run_id, a.call, p.change_id, d.decided_by, a.reason, p.breaking
       FROM proposals p JOIN decisions d USING (change_id)
       JOIN askings a ON a.seq = (SELECT min(seq) FROM askings WHERE change_id = p.change_id)
       WHERE d.decision = 'accepted' AND p.kind = @kind AND p.document_id = @id AND p.to_version = @version
       UNION ALL
       SELECT digest, registered_at_ms, run_id, call, NULL, NULL, NULL, NULL FROM registrations
       WHERE kind = @kind AND document_id = @id AND version = @version
       ORDER BY at_ms DESC LIMIT 1`,
    )
    .get({ kind, id, version }) as VersionRow | undefined;
  if (!row) return undefined;
  const { change_id, decided_by, reason, digest, at_ms: atMs } = row;
  const accepted = change_id !== null && decided_by !== null;
  return {
    how: accepted ? 'accepted' : 'registered',
    kind,
    documentId: id,
    version,
    digest,
    atMs,
    origin: originOf(row),
    ...(accepted && {
      change: { id: change_id, by: decided_by, reason: reason ?? '', breaking: row.breaking === 1 },
    }),
  };
}
