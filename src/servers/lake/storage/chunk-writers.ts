import { megabytesOf } from '../compute/compute-limits.ts';
import { LakeFailure } from '../lake-failure.ts';
import type { SessionBeside, StoreSession } from './store-session.ts';

/**
 * Connections that write chunks side by side. Rows keep their order in a file, so that one thread encodes it: a second file
 * is what gives another core work. Never more than the threads and the memory that DuckDB was given.
 */
export async function openChunkWriters(
  at: StoreSession,
): Promise<readonly [SessionBeside, ...SessionBeside[]]> {
  const found = await at.session.read(
    "SELECT current_setting('threads')::INTEGER, current_setting('memory_limit')::VARCHAR",
  );
  const [threads, memory] = found.getRows()[0] ?? [];
  const count = Math.min(
    Number(threads),
    Math.floor(megabytesOf(String(memory)) / writerMegabytes),
    mostWriters,
  );
  const { openBeside } = at;
  if (openBeside === undefined)
    throw new LakeFailure('Nothing is loaded into a lake that is only looked at.');
  const first = await openBeside();
  const others: SessionBeside[] = [];
  try {
    while (others.length < count - 1) others.push(await openBeside());
  } catch (error) {
    await closeChunkWriters([first, ...others]);
    throw error;
  }
  return [first, ...others];
}

/** All of them, also when one cannot be closed; that is told afterwards. */
export async function closeChunkWriters(writers: readonly SessionBeside[]): Promise<void> {
  const closed = await Promise.allSettled(writers.map(({ session }) => session.close()));
  const failure = closed.find((each) => each.status === 'rejected');
  if (failure) throw failure.reason;
}

/** What a writer holds of rows that are read and not encoded yet. */
const writerMegabytes = 256;
const mostWriters = 4;
