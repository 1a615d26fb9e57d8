import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/** A program of tests/audit/fixtures in a process of its own, which does not outlive the test. */
export function startChild(fixture: string, args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../fixtures', fixture), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const exit = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exit;
  };
  onTestFinished(kill);
  return {
    pid: child.pid,
    /** The next line that it prints; undefined at its end. */
    line: async (): Promise<string | undefined> => (await lines.next()).value,
    /** Ends it the way the operating system does: it can clean up nothing. */
    kill,
    /** Ends it by itself: it runs what it does at its exit. */
    leave: async (): Promise<void> => {
      child.stdin.end();
      await exit;
    },
    exit,
  };
}
