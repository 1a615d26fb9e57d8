import type { ModelPrice } from '../../domain/project-config.ts';
import type { Usage } from '../../domain/usage.ts';

/** Cached tokens without a price of their own cost what other input does: too much rather than nothing. */
export function ownCost(price: ModelPrice, usage: Usage): number {
  const { input, output, cacheRead = input, cacheWrite = input } = price;
  const uncached = Math.max(0, usage.inputTokens - usage.cacheReadTokens - usage.cacheWriteTokens);
  const perMillion =
    uncached * input +
    usage.cacheReadTokens * cacheRead +
    usage.cacheWriteTokens * cacheWrite +
    usage.outputTokens * output;
  return perMillion / 1_000_000;
}
