import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readDesk } from './desk-calls.ts';

/** Whether a process runs. One that has ended and waits for its parent to notice does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5);
}

/** Resolves when no tool server of the project runs any more: only then is the file the truth about every call. */
export async function deskGone(folder: string): Promise<void> {
  const pids = new Set(readDesk(folder).map(({ pid }) => pid));
  await until(() => ![...pids].some(isAlive));
}

/** Resolves when the tool servers have answered what they were asked. */
export async function deskQuiet(folder: string): Promise<void> {
  await until(() => {
    const lines = readDesk(folder);
    const count = (phase: string): number => lines.filter((line) => line.phase === phase).length;
    return count('begun') === count('answered');
  });
}
