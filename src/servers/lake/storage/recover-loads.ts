import { IcebergError } from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { commitLoad, discardLoad } from './commit-load.ts';
import { abandonLoad, type RecordedLoad, releaseLoad, takeUnfinished } from './load-ledger.ts';
import type { StoreSession } from './store-session.ts';
import { stuckLoads } from './unfinished-loads.ts';

/**
 * Finishes the loads of processes that died between their intention and its end. Commits that were made are found in the
 * tables' history and not made twice. A load whose keys were checked against a table that has changed since is given up
 * before its first commit: nothing of it is there, and the file can be loaded again. One that cannot be finished, because a
 * file of it is gone or the disk is full, waits: the tables are read as ever, and the next write tries it again.
 */
export async function recoverLoads(at: StoreSession): Promise<void> {
  for (const load of takeUnfinished(at.ledger)) await finish(at, load);
}

/** Before a write: what is unfinished is tried once more, and no other write may come between it and its table. */
export async function recoverFor(at: StoreSession, table: string): Promise<void> {
  await recoverLoads(at);
  const stuck = stuckLoads(at.ledger).find((load) => load.table === table);
  if (stuck === undefined) return;
  const { id, file, why } = stuck;
  throw new LakeFailure(
    `The load ${id} of ${file} into ${table} was begun and cannot be finished: ${why}. Nothing writes to ${table} before that is settled; it can be read.`,
    `a person brings the file back, or gives the load up: aiworkflow lake abandon ${id} --why "…"`,
  );
}

async function finish(at: StoreSession, load: RecordedLoad): Promise<void> {
  try {
    await commitLoad(at, load);
  } catch (error) {
    if (IcebergError.is(error, 'CONFLICT') || IcebergError.is(error, 'NOT_FOUND')) {
      abandonLoad(at.ledger, load.id);
      if (error.code === 'CONFLICT') await discardLoad(at, load);
      return;
    }
    releaseLoad(at.ledger, load.id);
    if (!IcebergError.is(error)) throw error;
  }
}
