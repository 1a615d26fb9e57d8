import { InterruptedError } from '../errors/index.ts';
import type { Clock } from '../ports/environment.ts';

/**
 * A clock that stands at `startMs` and moves one millisecond per reading, so that events keep their order. Its
 * `sleep` of anything shorter than `longestSleepMs` passes at once; longer ones (time limits) never fire.
 */
export function fixedClock(
  startMs = 1_750_000_000_000,
  longestSleepMs = 600_000,
): Clock & { readonly slept: readonly number[] } {
  let now = startMs;
  const slept: number[] = [];
  return {
    slept,
    now: () => now++,
    monotonicMs: () => now,
    sleep(ms, signal) {
      if (signal.aborted) return Promise.reject(interrupted());
      if (ms < longestSleepMs) {
        slept.push(ms);
        now += ms;
        return Promise.resolve();
      }
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(interrupted()), { once: true });
      });
    },
  };
}

const interrupted = (): InterruptedError =>
  new InterruptedError({ code: 'INTERRUPTED', message: 'The wait was interrupted.' });
