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
  while (others.length < count - 1) others.push(await openBeside());
  return [first, ...others];
}

export async function closeChunkWriters(writers: readonly SessionBeside[]): Promise<void> {
  for (const { session } of writers) await session.close();
}

/** What a writer holds of rows that are read and not encoded yet. */
const writerMegabytes = 256;
const mostWriters = 4;
