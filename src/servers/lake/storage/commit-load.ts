import { z } from 'zod';
import {
  appendPrepared,
  type BasedOn,
  discardPrepared,
  overwritePrepared,
  type PreparedRows,
  parsePrepared,
  tableName,
  type WrittenSnapshot,
} from '../iceberg/index.ts';
import { ingestErrorsTable } from './audit-columns.ts';
import { finishLoad, type RecordedLoad } from './load-ledger.ts';
import type { ComputeInForce, StoreSession } from './store-session.ts';
import { summaryKeys } from './summary-keys.ts';

/** The files of a load: on disk, named by no table yet. */
export interface LoadWork {
  readonly target: PreparedRows;
  readonly errors: PreparedRows;
  /** The snapshot that the keys were checked against; absent for a table without a key, where any state is right. */
  readonly basedOn?: BasedOn | undefined;
  /** What the load was given of the machine. */
  readonly compute?: ComputeInForce | undefined;
}

/**
 * Makes the two commits of a load that the ledger has, in one order always: the table, then the errors. The first can be
 * refused, and then nothing has happened; the second never is. May be called again, by another process too, until it ends.
 * @throws IcebergError CONFLICT when the table changed since its keys were checked: the load is not there.
 */
export async function commitLoad(at: Lake, load: RecordedLoad): Promise<void> {
  const { target, errors, basedOn } = readWork(load.work ?? '');
  const written = await commitHalf(at, {
    table: load.table,
    column: '_load_id',
    prepared: target,
    replaces: load.replaces,
    basedOn,
    summary: summaryOf(load),
  });
  const errorsSnapshotId = await commitRejects(at, { load, errors });
  finishLoad(at.ledger, { id: load.id, snapshotId: written.snapshotId, errorsSnapshotId });
}

/** The second half: what the load rejected, in the place of what the load before it did. @returns its snapshot, if there is one */
export async function commitRejects(
  at: Lake,
  { load, errors }: { load: RecordedLoad; errors: PreparedRows },
): Promise<string | null> {
  if (errors.rowCount === 0 && load.replaces === null) return null;
  const { snapshotId } = await commitHalf(at, {
    table: ingestErrorsTable,
    column: 'load_id',
    prepared: errors,
    replaces: load.replaces,
    basedOn: undefined,
    summary: summaryOf(load),
  });
  return snapshotId;
}

type Lake = Pick<StoreSession, 'warehouse' | 'ledger'>;

/** Removes the files of a load that is given up. */
export async function discardLoad({ warehouse }: Pick<Lake, 'warehouse'>, load: RecordedLoad): Promise<void> {
  const { target, errors } = readWork(load.work ?? '');
  await discardPrepared(warehouse, { table: tableName(load.table), prepared: [target] });
  await discardPrepared(warehouse, { table: tableName(ingestErrorsTable), prepared: [errors] });
}

interface Half {
  readonly table: string;
  /** The column that says which load a row is of. */
  readonly column: string;
  readonly prepared: PreparedRows;
  readonly replaces: string | null;
  readonly basedOn: BasedOn | undefined;
  readonly summary: Readonly<Record<string, string>>;
}

function commitHalf({ warehouse }: Lake, half: Half): Promise<WrittenSnapshot> {
  const request = {
    table: tableName(half.table),
    prepared: [half.prepared],
    summary: half.summary,
    once: summaryKeys.load,
    ...(half.basedOn !== undefined && { basedOn: half.basedOn }),
  };
  if (half.replaces === null) return appendPrepared(warehouse, request);
  const replaces = { column: half.column, is: '=', value: half.replaces } as const;
  // Keys were judged against all of the table, not only against the rows that go.
  return overwritePrepared(warehouse, { ...request, replaces, ifUnchanged: half.basedOn !== undefined });
}

function summaryOf(load: RecordedLoad): Record<string, string> {
  const { compute } = readWork(load.work ?? '');
  return {
    [summaryKeys.tool]: 'ingest',
    ...(load.run !== null && { [summaryKeys.run]: load.run }),
    ...(load.call !== null && { [summaryKeys.call]: load.call }),
    ...(load.contract !== null && { [summaryKeys.contract]: load.contract }),
    [summaryKeys.load]: load.id,
    [summaryKeys.file]: load.file,
    [summaryKeys.fileSha256]: load.sha256,
    [summaryKeys.vendor]: load.vendor_name,
    [summaryKeys.rowsRead]: String(load.rows_read),
    [summaryKeys.rowsLoaded]: String(load.rows_loaded),
    [summaryKeys.rowsRejected]: String(load.rows_rejected),
    ...(compute && { [summaryKeys.compute]: JSON.stringify(compute) }),
  };
}

export function printWork(work: LoadWork): string {
  return JSON.stringify(work);
}

export function readWork(text: string): LoadWork {
  const work = workShape.parse(JSON.parse(text));
  return {
    target: parsePrepared(work.target),
    errors: parsePrepared(work.errors),
    ...(work.basedOn !== undefined && { basedOn: work.basedOn }),
    ...(work.compute && { compute: work.compute }),
  };
}

const workShape = z.object({
  target: z.unknown(),
  errors: z.unknown(),
  basedOn: z.string().nullable().optional(),
  compute: z.object({ threads: z.number(), memory_limit: z.string(), file_size_mb: z.number() }).optional(),
});
