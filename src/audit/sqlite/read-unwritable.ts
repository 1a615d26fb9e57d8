import { readFileSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';

/** A copy in memory is meant for archives; larger ones are better copied to where they may be written to. */
const mostBytes = 1_000_000_000;
/** Bytes 18 and 19 of a database say whether it is used with a write-ahead log (2) or without (1). */
const journalModeAt = 18;

/**
 * A log that lies where nothing may be written (an archive, a read-only disk), read into memory; undefined when its newest
 * events are in a write-ahead log beside it, when it changes meanwhile, or when it is too large for that.
 */
export function readUnwritable(file: string): Database.Database | undefined {
  const before = stateOf(file);
  if (before === undefined) return undefined;
  const bytes = readFileSync(file);
  if (stateOf(file) !== before) return undefined;
  bytes.fill(1, journalModeAt, journalModeAt + 2);
  return new Database(bytes, { readonly: true });
}

function stateOf(file: string): string | undefined {
  const { size, mtimeMs, ino } = statSync(file);
  const logged = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  return logged > 0 || size > mostBytes || size < 100 ? undefined : `${ino}:${size}:${mtimeMs}`;
}
