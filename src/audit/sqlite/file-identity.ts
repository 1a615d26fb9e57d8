import { statSync } from 'node:fs';

/** Which file a path leads to: a file that was removed and made anew under the same name is another one. */
export type FileIdentity = string;

/** Undefined when there is no such file. */
export function fileIdentity(file: string): FileIdentity | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}

/**
 * SQLite goes on writing into a file that has no name any more, and says that all is well; what it wrote is gone
 * with the process. Throws when `file` is no longer the one that was opened.
 */
export function assertSameFile(file: string, opened: FileIdentity): void {
  const now = fileIdentity(file);
  if (now === opened) return;
  throw new Error(now === undefined ? 'the file was removed' : 'another file was put in its place');
}
