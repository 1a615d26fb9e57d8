import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';

// Waits for the end of its input, which is our end however we came to it; then does what `close` would have done.
const script = 'read _; sleep 2; kill -s TERM -- "-$0"; sleep 2; kill -s KILL -- "-$0"';

/**
 * After `kill -9` nothing of ours runs. Most servers then read the end of their input and leave, but not one that waits
 * for a process of its own. A shell (0.13 MB of its own) stays beside each server and ends its group.
 * Gives the function that sends the guard away.
 */
export function guardGroup(pid: number): () => void {
  if (process.platform === 'win32') return () => {};
  const guard = spawn('/bin/sh', ['-c', script, String(pid)], {
    detached: true,
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a shell there is no guard: the server's own manners remain.
  guard.on('error', () => {});
  guard.unref();
  (guard.stdin as Socket).unref();
  return () => guard.kill('SIGKILL');
}
