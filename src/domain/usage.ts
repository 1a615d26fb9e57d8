/**
 * Tokens of one or more model calls. `inputTokens` is everything the model read, the cached part included;
 * `outputTokens` is everything it wrote, reasoning included. The other fields are parts of these two.
 */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly reasoningTokens: number;
  /** The part of `cacheWriteTokens` that is kept for an hour (Anthropic), at a higher price. */
  readonly cacheWrite1hTokens?: number;
}

export const noUsage: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
};

export function addUsage(a: Usage, b: Usage): Usage {
  const hour = (a.cacheWrite1hTokens ?? 0) + (b.cacheWrite1hTokens ?? 0);
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    ...(hour > 0 && { cacheWrite1hTokens: hour }),
  };
}

/** US dollars; `null` is "unknown", which is not free. Adding an unknown to anything gives unknown. */
export type CostUsd = number | null;

export function addCost(a: CostUsd, b: CostUsd): CostUsd {
  return a === null || b === null ? null : a + b;
}
