import { z } from 'zod';
import {
  appendPrepared,
  type BasedOn,
  discardPrepared,
  findSnapshot,
  IcebergError,
  loadTable,
  overwritePrepared,
  type PreparedRows,
  parsePrepared,
  tableName,
} from '../iceberg/index.ts';
import { ingestErrorsTable } from './audit-columns.ts';
import { abandonLoad, finishLoad, type RecordedLoad } from './load-ledger.ts';
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
 * Makes the two commits of a load that the ledger has, in one order always: the table, then the errors. Only the first can be
 * refused, and then nothing has happened. The second can fail, by a disk or by many writers at once, and is then to be made
 * later: the load stays intended. May be called again, by another process too, until it ends.
 * @throws IcebergError CONFLICT when the table changed since its keys were checked: the load is not there.
 */
export async function commitLoad(at: Lake, load: RecordedLoad): Promise<void> {
  const { errors } = readWork(load.work ?? '');
  const snapshotId = await commitTarget(at, load);
  const errorsSnapshotId = await commitRejects(at, { load, errors });
  finishLoad(at.ledger, { id: load.id, snapshotId, errorsSnapshotId });
}

async function commitTarget(at: Lake, load: RecordedLoad): Promise<string> {
  if (load.kind !== 'load') {
    const found = await targetSnapshot(at, load);
    if (found !== undefined) return found;
    throw new IcebergError('CONFLICT', `The mapping into ${load.table} was not made.`);
  }
  const { target, basedOn } = readWork(load.work ?? '');
  const request = {
    table: tableName(load.table),
    prepared: [target],
    summary: summaryOf(load),
    once: summaryKeys.load,
    ...(basedOn !== undefined && { basedOn }),
  };
  if (load.replaces === null) return (await appendPrepared(at.warehouse, request)).snapshotId;
  const replaces = { column: '_load_id', is: '=', value: load.replaces } as const;
  // Keys were judged against all of the table, not only against the rows that go.
  const ifUnchanged = basedOn !== undefined;
  return (await overwritePrepared(at.warehouse, { ...request, replaces, ifUnchanged })).snapshotId;
}

/**
 * The second half: what was rejected is added. Rejects of a load that it replaces stay: they are not shown as long as this one
 * is in force, and are again when it is rolled back. @returns its snapshot, if there is one
 */
export async function commitRejects(
  { warehouse }: Lake,
  { load, errors }: { load: RecordedLoad; errors: PreparedRows },
): Promise<string | null> {
  if (errors.rowCount === 0) return null;
  try {
    const { snapshotId } = await appendPrepared(warehouse, {
      table: tableName(ingestErrorsTable),
      prepared: [errors],
      summary: summaryOf(load),
      once: summaryKeys.load,
    });
    return snapshotId;
  } catch (error) {
    if (!IcebergError.is(error, 'CONFLICT')) throw error;
    // Lost races, and not a refusal: whoever reads CONFLICT would make the other half again.
    throw new IcebergError('IN_DOUBT', `What was rejected is not stored yet: ${error.message}`, {
      cause: error,
    });
  }
}

/** The snapshot that the first commit made. */
export async function targetSnapshot(
  { warehouse }: Pick<Lake, 'warehouse'>,
  { id, table }: Pick<RecordedLoad, 'id' | 'table'>,
): Promise<string | undefined> {
  const name = tableName(table);
  if (warehouse.catalog.findLocation(name) === undefined) return undefined;
  const { metadata } = await loadTable(warehouse, name);
  return findSnapshot(metadata, { key: summaryKeys.load, value: id, among: 'all' })?.['snapshot-id'];
}

/**
 * Ends a load whose first commit was refused, or whose table is gone.
 * @returns false when that commit is there, and the other has to follow
 */
export async function abandonRefused(at: Lake, load: RecordedLoad): Promise<boolean> {
  if ((await targetSnapshot(at, load)) !== undefined) return false;
  abandonLoad(at.ledger, load.id);
  await discardLoad(at, load);
  return true;
}

type Lake = Pick<StoreSession, 'warehouse' | 'ledger'>;

/** Removes the files of a load that is given up. */
export async function discardLoad({ warehouse }: Pick<Lake, 'warehouse'>, load: RecordedLoad): Promise<void> {
  const { target, errors } = readWork(load.work ?? '');
  for (const [name, prepared] of [
    [load.table, target],
    [ingestErrorsTable, errors],
  ] as const) {
    const table = tableName(name);
    if (prepared.files.length > 0 && warehouse.catalog.findLocation(table) !== undefined)
      await discardPrepared(warehouse, { table, prepared: [prepared] });
  }
}

function summaryOf(load: RecordedLoad): Record<string, string> {
  const { compute } = readWork(load.work ?? '');
  return {
    [summaryKeys.tool]: load.kind === 'load' ? 'ingest' : 'run_mapping',
    ...(load.run !== null && { [summaryKeys.run]: load.run }),
    ...(load.call !== null && { [summaryKeys.call]: load.call }),
    ...(load.contract !== null && { [summaryKeys.contract]: load.contract }),
    [summaryKeys.load]: load.id,
    ...(load.kind === 'load' && fileOf(load)),
    ...(compute && { [summaryKeys.compute]: JSON.stringify(compute) }),
  };
}

function fileOf(load: RecordedLoad): Record<string, string> {
  return {
    [summaryKeys.file]: load.file,
    [summaryKeys.fileSha256]: load.sha256,
    [summaryKeys.vendor]: load.vendor_name,
    [summaryKeys.rowsRead]: String(load.rows_read),
    [summaryKeys.rowsLoaded]: String(load.rows_loaded),
    [summaryKeys.rowsRejected]: String(load.rows_rejected),
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
