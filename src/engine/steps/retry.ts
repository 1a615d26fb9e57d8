import type { ModelError } from '../../errors/index.ts';

const firstDelayMs = 500;
const longestDelayMs = 30_000;
/** A provider that asks for more than this is not going to answer this run. */
export const longestObeyedWaitMs = 120_000;

/**
 * How long to wait before attempt `attempt + 1`. What the provider asks for wins; else 0.5 s doubled up to 30 s,
 * less up to a quarter. `spread` (0 to 1) keeps runs that failed together from coming back together.
 */
export function retryDelayMs(error: ModelError, attempt: number, spread: number): number {
  if (error.retryAfterMs !== undefined) return error.retryAfterMs;
  const delay = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1));
  return Math.round(delay * (1 - spread / 4));
}

export function mayRetry(error: ModelError, attempt: number, retries: number): boolean {
  return error.retryable && attempt <= retries && (error.retryAfterMs ?? 0) <= longestObeyedWaitMs;
}

/** A number from 0 to 1 that is fixed for a text: the engine has no random source, so that replays repeat it. */
export function spreadOf(hashHex: string): number {
  return Number.parseInt(hashHex.slice(0, 4), 16) / 0xffff;
}
