import { IcebergError } from '../iceberg/index.ts';
import { commitLoad, discardLoad } from './commit-load.ts';
import { abandonLoad, type RecordedLoad, takeUnfinished } from './load-ledger.ts';
import type { StoreSession } from './store-session.ts';

/**
 * Finishes the loads of processes that died between their intention and its end. Commits that were made are found in the
 * tables' history and not made twice. A load whose keys were checked against a table that has changed since is given up
 * before its first commit: nothing of it is there, and the file can be loaded again.
 */
export async function recoverLoads(at: StoreSession): Promise<void> {
  for (const load of takeUnfinished(at.ledger)) await finish(at, load);
}

async function finish(at: StoreSession, load: RecordedLoad): Promise<void> {
  try {
    await commitLoad(at, load);
  } catch (error) {
    if (!IcebergError.is(error, 'CONFLICT') && !IcebergError.is(error, 'NOT_FOUND')) throw error;
    abandonLoad(at.ledger, load.id);
    if (IcebergError.is(error, 'CONFLICT')) await discardLoad(at, load);
  }
}
