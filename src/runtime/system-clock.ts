import { setTimeout as sleep } from 'node:timers/promises';
import { InterruptedError } from '../errors/index.ts';
import type { Clock } from '../ports/environment.ts';

export const systemClock: Clock = {
  now: Date.now,
  monotonicMs: () => performance.now(),
  async sleep(ms, signal) {
    try {
      // Unreferenced: a time limit that is still running must not keep a finished program alive.
      await sleep(ms, undefined, { signal, ref: ms < 60_000 });
    } catch (cause) {
      throw new InterruptedError({ code: 'INTERRUPTED', message: 'The wait was interrupted.', cause });
    }
  },
};
