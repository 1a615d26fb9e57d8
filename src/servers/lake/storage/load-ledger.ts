import { ancestorsOf, type TableMetadata } from '../iceberg/index.ts';
import { isGone, type Ledger, nobody, thisProcess } from './lake-ledger.ts';
import type { LoadSummary } from './table-store.ts';

export type LoadStatus = 'intended' | 'done' | 'rolled_back' | 'abandoned';

/** A load of a file, or the rows that a mapping set aside when it overwrote its table, partitions of it, or added to it. */
export type LoadKind = 'load' | 'overwrite' | 'partitions' | 'append';

/** A load as the ledger keeps it. */
export interface RecordedLoad extends LoadSummary {
  readonly id: string;
  readonly kind: LoadKind;
  readonly status: LoadStatus;
  readonly table: string;
  readonly tableUuid: string;
  /** Of a mapping that overwrites partitions: their keys, as a list in JSON. */
  readonly optionsKey: string;
  /** The part of the file, as `printPart` gives it. */
  readonly part?: string | null;
  readonly replaces: string | null;
  readonly run: string | null;
  readonly call: string | null;
  readonly contract: string | null;
  /** JSON of the files of both tables; null when the load is done. */
  readonly work: string | null;
  readonly snapshotId: string | null;
  readonly ingestedAtMs: number;
}

/** What a load is known by: the same content for the same vendor in the same table. */
export type LoadContent = Pick<RecordedLoad, 'tableUuid' | 'sha256' | 'vendor_name'>;

/** The number of the newest load of this content that was made, or 0. One that is being made is not counted before it is. */
export function lastNumberOf(ledger: Ledger, content: LoadContent): number {
  const row = ledger
    .prepare<LoadContent, { number: number | null }>(
      `SELECT max(number) AS number FROM lake_loads
       WHERE table_uuid = @tableUuid AND sha256 = @sha256 AND vendor_name = @vendor_name AND status IN ('done', 'rolled_back')`,
    )
    .get(content);
  return row?.number ?? 0;
}

/**
 * From here the load happens: whoever opens the lake next finishes it, if this process does not.
 * @returns false when another process has begun or made a load of the same content since `lastNumber`, or is at one.
 */
export function intendLoad(
  ledger: Ledger,
  { load, lastNumber }: { load: RecordedLoad; lastNumber: number },
): boolean {
  const intend = ledger.transaction(() => {
    if (lastNumberOf(ledger, load) !== lastNumber || isBeingLoaded(ledger, load)) return false;
    ledger
      .prepare(insertSql)
      .run({ ...load, part: load.part ?? null, owner: thisProcess(), intendedAtMs: Date.now() });
    return true;
  });
  const isIntended = intend.immediate();
  if (isIntended) atWork.add(load.id);
  return isIntended;
}

/** Loads whose commits this process makes this moment. Of one that it is at no more, whatever became of it, it may take up the rest. */
const atWork = new Set<string>();

export function leaveLoad(id: string): void {
  atWork.delete(id);
}

const insertSql = `INSERT INTO lake_loads (id, status, table_name, table_uuid, sha256, vendor_name, options_key, file,
    rows_read, rows_loaded, rows_rejected, replaces, run_id, call_id, contract, work, owner, ingested_at_ms, kind, intended_at_ms, part)
  VALUES (@id, 'intended', @table, @tableUuid, @sha256, @vendor_name, @optionsKey, @file,
    @rows_read, @rows_loaded, @rows_rejected, @replaces, @run, @call, @contract, @work, @owner, @ingestedAtMs, @kind, @intendedAtMs, @part)`;

function isBeingLoaded(ledger: Ledger, content: LoadContent): boolean {
  const row = ledger
    .prepare<LoadContent>(
      `SELECT 1 FROM lake_loads
       WHERE table_uuid = @tableUuid AND sha256 = @sha256 AND vendor_name = @vendor_name AND status = 'intended'`,
    )
    .get(content);
  return row !== undefined;
}

/** Whether mappings have set rows aside when they wrote the table. */
export function hasSetAside(ledger: Ledger, tableUuid: string): boolean {
  const row = ledger
    .prepare(
      `SELECT 1 FROM lake_loads WHERE table_uuid = ? AND kind <> 'load' AND rows_rejected > 0 AND status <> 'abandoned'`,
    )
    .get(tableUuid);
  return row !== undefined;
}

/** The load of the same content that is being made, or waits for somebody to finish it. */
export function unfinishedOf(ledger: Ledger, content: LoadContent): RecordedLoad | undefined {
  return unfinishedRows(ledger)
    .map(toLoad)
    .find(
      ({ tableUuid, sha256, vendor_name }) =>
        tableUuid === content.tableUuid && sha256 === content.sha256 && vendor_name === content.vendor_name,
    );
}

export function finishLoad(
  ledger: Ledger,
  { id, snapshotId, errorsSnapshotId }: { id: string; snapshotId: string; errorsSnapshotId: string | null },
): void {
  ledger
    .prepare(
      `UPDATE lake_loads SET status = 'done', work = NULL, snapshot_id = ?, errors_snapshot_id = ? WHERE id = ?`,
    )
    .run(snapshotId, errorsSnapshotId, id);
}

/** Nothing of it was committed, and nothing will be. */
export function abandonLoad(ledger: Ledger, id: string): void {
  ledger.prepare(`UPDATE lake_loads SET status = 'abandoned', work = NULL WHERE id = ?`).run(id);
}

/** It cannot be finished now; this process is at it no more. */
export function releaseLoad(ledger: Ledger, id: string): void {
  ledger
    .prepare(`UPDATE lake_loads SET owner = ? WHERE id = ? AND owner = ? AND status = 'intended'`)
    .run(nobody, id, thisProcess());
}

/** Loads that were begun and are not done, the oldest first; `isFree`: no living process is at it. */
export function unfinishedLoads(
  ledger: Ledger,
): (RecordedLoad & { readonly owner: string; readonly isFree: boolean })[] {
  return unfinishedRows(ledger).map((row) => ({ ...toLoad(row), owner: row.owner, isFree: isFree(row) }));
}

/** Of its own loads a process knows which it is at; another one may have to be given up for gone. */
function isFree({ id, owner, intended_at_ms, ingested_at_ms }: LoadRow): boolean {
  if (owner === thisProcess()) return !atWork.has(id);
  return isGone(owner, intended_at_ms ?? ingested_at_ms);
}

/** Taken over: no two processes finish the same load. @returns false when a living process is at it */
export function takeLoad(ledger: Ledger, id: string): boolean {
  const row = unfinishedRows(ledger).find((one) => one.id === id);
  return row !== undefined && takeOver(ledger, row);
}

function unfinishedRows(ledger: Ledger): LoadRow[] {
  return ledger
    .prepare<[], LoadRow>(`SELECT * FROM lake_loads WHERE status = 'intended' ORDER BY number`)
    .all();
}

function takeOver(ledger: Ledger, row: LoadRow): boolean {
  if (!isFree(row)) return false;
  const taken = ledger
    .prepare(
      `UPDATE lake_loads SET owner = ?, intended_at_ms = ?
       WHERE id = ? AND owner = ? AND intended_at_ms IS ? AND status = 'intended'`,
    )
    .run(thisProcess(), Date.now(), row.id, row.owner, row.intended_at_ms);
  if (taken.changes === 1) atWork.add(row.id);
  return taken.changes === 1;
}

/**
 * Loads of the table whose rows are in it, in the order in which they were made. What became of a load is read from the
 * table's history: a rollback by any engine takes it back, here too.
 */
export function presentLoads(ledger: Ledger, metadata: TableMetadata): RecordedLoad[] {
  settleLoads(ledger, metadata);
  const rows = ledger
    .prepare(
      `SELECT * FROM lake_loads AS own WHERE table_uuid = ? AND status = 'done' AND kind = 'load' AND NOT EXISTS (
         SELECT 1 FROM lake_loads AS later WHERE later.replaces = own.id AND later.status = 'done')
       ORDER BY number`,
    )
    .all(metadata['table-uuid']);
  return rows.map((row) => toLoad(row as LoadRow));
}

/** A load whose snapshot has expired keeps its status: nobody can tell any more. */
export function settleLoads(ledger: Ledger, metadata: TableMetadata): void {
  const ancestors = ancestorsOf(metadata, metadata['current-snapshot-id']);
  const present = new Set(ancestors.map((snapshot) => snapshot['snapshot-id']));
  const known = new Set(metadata.snapshots.map((snapshot) => snapshot['snapshot-id']));
  const rows = ledger
    .prepare(
      `SELECT id, status, snapshot_id FROM lake_loads WHERE table_uuid = ? AND snapshot_id IS NOT NULL`,
    )
    .all(metadata['table-uuid']) as Pick<LoadRow, 'id' | 'status' | 'snapshot_id'>[];
  const update = ledger.prepare('UPDATE lake_loads SET status = ? WHERE id = ?');
  for (const { id, status, snapshot_id } of rows) {
    if (snapshot_id === null || !known.has(snapshot_id)) continue;
    const settled = present.has(snapshot_id) ? 'done' : 'rolled_back';
    if (settled !== status) update.run(settled, id);
  }
}

interface LoadRow {
  readonly id: string;
  readonly kind: LoadKind;
  readonly status: LoadStatus;
  readonly table_name: string;
  readonly table_uuid: string;
  readonly sha256: string;
  readonly vendor_name: string;
  readonly options_key: string;
  readonly file: string;
  readonly rows_read: number;
  readonly rows_loaded: number;
  readonly rows_rejected: number;
  readonly replaces: string | null;
  readonly run_id: string | null;
  readonly call_id: string | null;
  readonly contract: string | null;
  readonly work: string | null;
  readonly owner: string;
  readonly snapshot_id: string | null;
  readonly ingested_at_ms: number;
  readonly intended_at_ms: number | null;
  readonly part: string | null;
}

function toLoad(row: LoadRow): RecordedLoad {
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    table: row.table_name,
    tableUuid: row.table_uuid,
    optionsKey: row.options_key,
    part: row.part,
    file: row.file,
    sha256: row.sha256,
    vendor_name: row.vendor_name,
    rows_read: row.rows_read,
    rows_loaded: row.rows_loaded,
    rows_rejected: row.rows_rejected,
    replaces: row.replaces,
    run: row.run_id,
    call: row.call_id,
    contract: row.contract,
    work: row.work,
    snapshotId: row.snapshot_id,
    ingestedAtMs: row.ingested_at_ms,
  };
}
