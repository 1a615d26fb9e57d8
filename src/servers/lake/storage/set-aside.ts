import { messageOf } from '../../../errors/index.ts';
import type { WrittenSnapshot } from '../iceberg/index.ts';
import { discardPrepared, IcebergError, type PreparedRows, tableName } from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { ingestErrorsTable } from './audit-columns.ts';
import { abandonRefused, commitLoad, printWork } from './commit-load.ts';
import { withoutPaths } from './iceberg-failure.ts';
import { intendLoad, leaveLoad, type RecordedLoad, releaseLoad } from './load-ledger.ts';
import type { StoreSession } from './store-session.ts';
import { summaryKeys } from './summary-keys.ts';

/** The rows that a mapping sets aside: on disk, and named by no table yet. */
export interface SetAside {
  readonly load: Omit<RecordedLoad, 'work' | 'tableUuid'>;
  readonly errors: PreparedRows;
}

/** How the mapping's own rows are written: `summary` goes into their snapshot, `beforeCommit` is called when they are on disk. */
export type WriteRows = (of: {
  readonly summary: Readonly<Record<string, string>>;
  readonly beforeCommit?: () => void;
}) => Promise<WrittenSnapshot>;

/**
 * Writes the rows of a mapping and those that it set aside, as a load writes both of its tables: the files of both, one row of
 * the ledger, the target, the rejects. Nothing of what was set aside the last time is touched before the target is written. A
 * process that dies in between is followed by the next, which finds the target's snapshot by the id and adds the rejects.
 */
export async function writeWithRejects(
  at: StoreSession,
  { aside, tableUuid, write }: { aside: SetAside; tableUuid: string; write: WriteRows },
): Promise<WrittenSnapshot> {
  const { errors } = aside;
  const target = { tableUuid, rowCount: 0, files: [] };
  const load = { ...aside.load, tableUuid, work: printWork({ target, errors }) };
  let isIntended = false;
  const beforeCommit = (): void => {
    isIntended = intendLoad(at.ledger, { load, lastNumber: 0 });
  };
  try {
    const written = await write({ summary: { [summaryKeys.load]: load.id }, beforeCommit });
    await commitLoad(at, load);
    return written;
  } catch (error) {
    if (!isIntended) await discardRejects(at, errors);
    else if (!(await abandonRefused(at, load))) throw leftUnfinished(at, { load, error });
    throw error;
  } finally {
    leaveLoad(load.id);
  }
}

async function discardRejects({ warehouse }: StoreSession, errors: PreparedRows): Promise<void> {
  if (errors.files.length === 0) return;
  await discardPrepared(warehouse, { table: tableName(ingestErrorsTable), prepared: [errors] });
}

function leftUnfinished(
  { ledger }: StoreSession,
  { load, error }: { load: RecordedLoad; error: unknown },
): LakeFailure {
  releaseLoad(ledger, load.id);
  const hint = IcebergError.is(error) ? error.hint : undefined;
  const failure = new LakeFailure(
    `${load.table} is written, and the rows that the mapping set aside (${load.id}) are not stored yet: ${withoutPaths(messageOf(error))}`,
    hint ?? 'the next call that reads or writes the table stores them.',
  );
  failure.cause = error;
  return failure;
}
