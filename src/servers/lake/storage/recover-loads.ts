import { IcebergError } from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { ingestErrorsTable } from './audit-columns.ts';
import { abandonRefused, commitLoad } from './commit-load.ts';
import { leaveLoad, type RecordedLoad, releaseLoad, takeLoad, unfinishedLoads } from './load-ledger.ts';
import type { StoreSession } from './store-session.ts';
import { stuckLoads } from './unfinished-loads.ts';

/**
 * Finishes loads that were left between their intention and its end, by processes that died or by a commit of this one that
 * failed. Commits that were made are found in the tables' history and not made twice. A load whose keys were checked against
 * a table that has changed since is given up before its first commit: nothing of it is there, and the file can be loaded
 * again. One that cannot be finished, because a file of it is gone or the disk is full, waits: the tables are read as ever,
 * and the next write tries it again.
 */
export async function recoverLoads(at: StoreSession): Promise<void> {
  for (const load of unfinishedLoads(at.ledger)) await tryTakeUp(at, load);
}

/** Before a read: half a load is not shown as long as the other half can be made. */
export async function recoverRead(at: StoreSession, tables: readonly string[]): Promise<void> {
  for (const load of unfinishedLoads(at.ledger)) {
    if (tables.includes(load.table) || tables.includes(ingestErrorsTable)) await tryTakeUp(at, load);
  }
}

/** The ledger itself may be on a disk that takes no writes: whoever only reads is not to wait for that. */
async function tryTakeUp(at: StoreSession, load: RecordedLoad): Promise<void> {
  try {
    await takeUp(at, load);
  } catch (error) {
    if (!isOfSystem(error)) throw error;
  }
}

async function takeUp(at: StoreSession, load: RecordedLoad): Promise<void> {
  if (!takeLoad(at.ledger, load.id)) return;
  try {
    await finish(at, load);
  } finally {
    leaveLoad(load.id);
  }
}

/** Before a write: what is unfinished is tried once more, and no other write may come between it and its table. */
export async function recoverFor(at: StoreSession, table: string): Promise<void> {
  for (const load of unfinishedLoads(at.ledger)) await takeUp(at, load);
  const stuck = stuckLoads(at.ledger).find((load) => load.table === table);
  if (stuck === undefined) return;
  const { id, file, why } = stuck;
  throw new LakeFailure(
    `The load ${id} of ${file} into ${table} was begun and cannot be finished: ${why}. Nothing writes to ${table} before that is settled; it can be read.`,
    `a person brings the file back, or gives the load up: aiworkflow lake abandon ${id} --why "…"`,
  );
}

/** A disk that fails: it may have recovered when the load is tried next. `ERR_…` is a mistake of the program, which stays. */
export function isOfSystem(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' && /^(E[A-Z0-9]+$|SQLITE_)/.test(code);
}

async function finish(at: StoreSession, load: RecordedLoad): Promise<void> {
  try {
    await commitLoad(at, load);
  } catch (error) {
    const isRefused = IcebergError.is(error, 'CONFLICT') || IcebergError.is(error, 'NOT_FOUND');
    if (isRefused && (await abandonRefused(at, load))) return;
    releaseLoad(at.ledger, load.id);
    if (!IcebergError.is(error) && !isOfSystem(error)) throw error;
  }
}
