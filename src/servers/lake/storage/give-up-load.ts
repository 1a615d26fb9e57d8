import { IcebergError } from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { commitLoad, commitRejects, discardLoad, readWork, targetSnapshot } from './commit-load.ts';
import {
  abandonLoad,
  finishLoad,
  leaveLoad,
  type RecordedLoad,
  takeLoad,
  unfinishedLoads,
} from './load-ledger.ts';
import type { StoreSession } from './store-session.ts';

export interface GiveUpRequest {
  readonly load: string;
  /** Who decides: a person's name. */
  readonly by: string;
  readonly why: string;
}

export interface GivenUp {
  readonly load: string;
  readonly table: string;
  readonly file: string;
  /**
   * finished: all its files were there after all; given up: nothing of it is in the table, and the file can be loaded again;
   * kept without rejects: its rows were in the table already, and what it rejected is lost until the file is loaded again with `force`.
   */
  readonly outcome: 'finished' | 'given up' | 'kept without rejects';
}

type Lake = Pick<StoreSession, 'warehouse' | 'ledger'>;

/**
 * Ends a load that nobody can finish. Never against what the table holds: rows that are in it stay.
 * @throws LakeFailure when there is no such load, or a living process is at it.
 */
export async function giveUpLoad(at: Lake, { load: id, by, why }: GiveUpRequest): Promise<GivenUp> {
  const load = unfinishedLoads(at.ledger).find((one) => one.id === id);
  if (!load)
    throw new LakeFailure(`There is no unfinished load "${id}".`, 'aiworkflow lake loads shows them.');
  if (!takeLoad(at.ledger, id))
    throw new LakeFailure(`The load ${id} is under way: a process is at it.`, 'wait for its end.');
  const outcome = await settle(at, load).finally(() => leaveLoad(id));
  if (outcome !== 'finished') {
    at.ledger
      .prepare(
        'INSERT OR REPLACE INTO lake_given_up (load_id, outcome, given_up_by, reason, at_ms) VALUES (?, ?, ?, ?, ?)',
      )
      .run(id, outcome, by, why, Date.now());
  }
  return { load: id, table: load.table, file: load.file, outcome };
}

async function settle(at: Lake, load: RecordedLoad): Promise<GivenUp['outcome']> {
  try {
    await commitLoad(at, load);
    return 'finished';
  } catch (error) {
    if (!IcebergError.is(error)) throw error;
    return (await keepWithoutRejects(at, load)) ? 'kept without rejects' : await abandon(at, load);
  }
}

/** The table's half was committed before the process died. */
async function keepWithoutRejects(at: Lake, load: RecordedLoad): Promise<boolean> {
  const snapshotId = await targetSnapshot(at, load);
  if (snapshotId === undefined) return false;
  const { errors } = readWork(load.work ?? '');
  const nothing = { ...errors, rowCount: 0, files: [] };
  const errorsSnapshotId = await commitRejects(at, { load, errors: nothing });
  finishLoad(at.ledger, { id: load.id, snapshotId, errorsSnapshotId });
  return true;
}

async function abandon(at: Lake, load: RecordedLoad): Promise<'given up'> {
  abandonLoad(at.ledger, load.id);
  try {
    await discardLoad(at, load);
  } catch (error) {
    // The files that are left are orphans from now on, and `lake orphans` removes them.
    if (!IcebergError.is(error)) throw error;
  }
  return 'given up';
}
