import { statSync } from 'node:fs';

/** Which file a path leads to: a file that was removed and made anew under the same name is another one. */
export type FileIdentity = string;

/** Undefined when there is no such file. */
export function fileIdentity(file: string): FileIdentity | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats && `${stats.dev}:${stats.ino}`;
}

/** Beside a run that goes on for seconds this is at once, and 500 commits a second need not ask 500 times. */
const recheckAfterMs = 20;

/**
 * SQLite goes on writing into a file that has no name any more, and says that all is well; what it wrote is gone
 * with the process. The function throws when `file` is no longer the one that was opened.
 */
export function sameFileGuard(file: string, opened: FileIdentity): () => void {
  let checkedAtMs = Number.NEGATIVE_INFINITY;
  return () => {
    const nowMs = performance.now();
    if (nowMs - checkedAtMs < recheckAfterMs) return;
    checkedAtMs = nowMs;
    assertSameFile(file, opened);
  };
}

function assertSameFile(file: string, opened: FileIdentity): void {
  const now = fileIdentity(file);
  if (now === opened) return;
  throw new Error(now === undefined ? 'the file was removed' : 'another file was put in its place');
}
