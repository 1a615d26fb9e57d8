import { z } from 'zod';
import { ancestorsOf, type Snapshot, type TableMetadata } from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { ingestErrorsTable } from './audit-columns.ts';
import type { Ledger } from './lake-ledger.ts';
import { presentLoads } from './load-ledger.ts';
import { entryOf } from './table-history.ts';
import type { Origin } from './table-store.ts';

/** What a rollback would undo, as it was when it was asked for. */
export const rollbackDetails = z.object({
  /** The snapshot that the table is to be at again. */
  snapshot: z.string(),
  /** The snapshot that the table was at. */
  current: z.string(),
  rows_before: z.int().nullable(),
  rows_after: z.int().nullable(),
  /** The changes that would be undone, newest first. */
  undone: z.array(
    z.object({
      snapshot: z.string(),
      time: z.string(),
      operation: z.string(),
      added_rows: z.int(),
      removed_rows: z.int(),
      tool: z.string().optional(),
      call: z.string().optional(),
      file: z.string().optional(),
    }),
  ),
  /** Files that would have to be loaded again. */
  files: z.array(z.string()),
});
export type RollbackDetails = z.output<typeof rollbackDetails>;

export type RequestStatus = 'open' | 'approved' | 'rejected';

/** What a model asked for and a person decides. */
export interface LakeRequest {
  readonly id: number;
  readonly status: RequestStatus;
  readonly kind: 'rollback';
  readonly table: string;
  readonly tableUuid: string;
  readonly details: RollbackDetails;
  readonly reason: string | null;
  readonly run: string | null;
  readonly call: string | null;
  readonly requestedAtMs: number;
  readonly decidedBy: string | null;
  readonly decidedAtMs: number | null;
}

export interface RollbackAsked {
  readonly table: string;
  readonly metadata: TableMetadata;
  readonly snapshot: string;
  readonly reason?: string | undefined;
  readonly origin?: Origin | undefined;
}

/**
 * Records that somebody wants the table back at an earlier snapshot. Nothing is changed. The same wish is recorded once, as
 * long as it is open and the table is the same.
 * @throws LakeFailure when the table was not built on that snapshot.
 */
export function askForRollback(ledger: Ledger, asked: RollbackAsked): LakeRequest {
  const details = describeRollback(ledger, asked);
  const { metadata, table, reason, origin } = asked;
  const ask = ledger.transaction(() => {
    const same = listRequestRows(ledger).find(
      (request) =>
        request.status === 'open' &&
        request.tableUuid === metadata['table-uuid'] &&
        request.details.snapshot === details.snapshot &&
        request.details.current === details.current,
    );
    if (same) return same.id;
    const inserted = ledger
      .prepare(
        `INSERT INTO lake_requests (status, kind, table_name, table_uuid, details, reason, run_id, call_id, requested_at_ms)
         VALUES ('open', 'rollback', ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        table,
        metadata['table-uuid'],
        JSON.stringify(details),
        reason ?? null,
        origin?.run ?? null,
        origin?.call ?? null,
        Date.now(),
      );
    return Number(inserted.lastInsertRowid);
  });
  return requestOf(ledger, ask.immediate());
}

/** @throws LakeFailure when the table was not built on that snapshot, or is at it. */
export function describeRollback(
  ledger: Ledger,
  { metadata, snapshot, table }: Pick<RollbackAsked, 'metadata' | 'snapshot' | 'table'>,
): RollbackDetails {
  requireOwnTable(table);
  const ancestors = ancestorsOf(metadata, metadata['current-snapshot-id']);
  const [current] = ancestors;
  const index = ancestors.findIndex((candidate) => candidate['snapshot-id'] === snapshot);
  const wanted = ancestors[index];
  if (!current || !wanted) {
    throw new LakeFailure(
      `${table} was not built on the snapshot ${snapshot}.`,
      'table_history shows its snapshots; take one with in_table true.',
    );
  }
  if (index === 0) throw new LakeFailure(`${table} is at the snapshot ${snapshot} already.`);
  const undone = ancestors.slice(0, index);
  const gone = new Set(undone.map((one) => one['snapshot-id']));
  const loads = presentLoads(ledger, metadata).filter(
    ({ snapshotId }) => snapshotId !== null && gone.has(snapshotId),
  );
  return rollbackDetails.parse({
    snapshot,
    current: current['snapshot-id'],
    rows_before: rowsOf(current),
    rows_after: rowsOf(wanted),
    undone: undone.map((one) => entryOf(one, gone)),
    files: [...new Set(loads.map(({ file }) => file))],
  });
}

/** Its rows are those of the loads of all tables: what is shown of them follows the tables, when these are rolled back. */
export function requireOwnTable(table: string): void {
  if (table !== ingestErrorsTable) return;
  throw new LakeFailure(
    `${ingestErrorsTable} belongs to the lake and is not rolled back: rejects of other loads would be lost.`,
    'roll the table back that the records were meant for; what is shown of its rejects follows.',
  );
}

function rowsOf({ summary }: Snapshot): number | null {
  const rows = summary['total-records'];
  return rows === undefined ? null : Number(rows);
}

/** In the order in which they were asked. */
export function listRequestRows(ledger: Ledger): LakeRequest[] {
  const rows = ledger.prepare<[], RequestRow>('SELECT * FROM lake_requests ORDER BY number').all();
  return rows.map(toRequest);
}

/** @throws LakeFailure when there is none of this number. */
export function requestOf(ledger: Ledger, id: number): LakeRequest {
  const row = ledger.prepare<[number], RequestRow>('SELECT * FROM lake_requests WHERE number = ?').get(id);
  if (row) return toRequest(row);
  throw new LakeFailure(`There is no request ${id}.`, 'aiworkflow lake requests shows them.');
}

/** @returns false when somebody else has decided it meanwhile */
export function decideRequest(
  ledger: Ledger,
  { id, status, who }: { id: number; status: 'approved' | 'rejected'; who: string },
): boolean {
  const decided = ledger
    .prepare(
      `UPDATE lake_requests SET status = ?, decided_by = ?, decided_at_ms = ?, outcome = ? WHERE number = ? AND status = 'open'`,
    )
    .run(status, who, Date.now(), status === 'approved' ? begun : 'nothing was done', id);
  return decided.changes === 1;
}

/** Approved, and perhaps not done: whoever approved it may have died before the table was changed. */
export function isBegun(ledger: Ledger, id: number): boolean {
  return (
    ledger.prepare('SELECT 1 FROM lake_requests WHERE number = ? AND outcome = ?').get(id, begun) !==
    undefined
  );
}

export function finishRequest(ledger: Ledger, { id, who }: { id: number; who: string }): void {
  ledger
    .prepare(
      `UPDATE lake_requests SET status = 'approved', decided_by = coalesce(decided_by, ?), decided_at_ms = coalesce(decided_at_ms, ?),
         outcome = 'done' WHERE number = ?`,
    )
    .run(who, Date.now(), id);
}

/** It could not be done, and the table is as it was: nothing was decided. */
export function reopenRequest(ledger: Ledger, id: number): void {
  ledger
    .prepare(
      `UPDATE lake_requests SET status = 'open', decided_by = NULL, decided_at_ms = NULL, outcome = NULL WHERE number = ? AND outcome = ?`,
    )
    .run(id, begun);
}

const begun = 'begun';

interface RequestRow {
  readonly number: number;
  readonly status: RequestStatus;
  readonly table_name: string;
  readonly table_uuid: string;
  readonly details: string;
  readonly reason: string | null;
  readonly run_id: string | null;
  readonly call_id: string | null;
  readonly requested_at_ms: number;
  readonly decided_by: string | null;
  readonly decided_at_ms: number | null;
}

function toRequest(row: RequestRow): LakeRequest {
  return {
    id: row.number,
    status: row.status,
    kind: 'rollback',
    table: row.table_name,
    tableUuid: row.table_uuid,
    details: rollbackDetails.parse(JSON.parse(row.details)),
    reason: row.reason,
    run: row.run_id,
    call: row.call_id,
    requestedAtMs: row.requested_at_ms,
    decidedBy: row.decided_by,
    decidedAtMs: row.decided_at_ms,
  };
}
