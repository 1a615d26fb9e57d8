import type { Usage } from '../../domain/usage.ts';

/** 950, 12.3k, 1.2M. */
export function formatCount(count: number): string {
  if (count < 1000) return String(count);
  if (count < 999_950) return `${trim(count / 1000)}k`;
  return `${trim(count / 1_000_000)}M`;
}

/** `12.3k tokens in (8k cached), 450 out`. */
export function formatUsage(usage: Usage): string {
  const cached = usage.cacheReadTokens > 0 ? ` (${formatCount(usage.cacheReadTokens)} cached)` : '';
  const reasoning = usage.reasoningTokens > 0 ? ` (${formatCount(usage.reasoningTokens)} reasoning)` : '';
  return `${formatCount(usage.inputTokens)} tokens in${cached}, ${formatCount(usage.outputTokens)} out${reasoning}`;
}

export const totalTokens = (usage: Usage): number => usage.inputTokens + usage.outputTokens;

const trim = (value: number): string => value.toFixed(1).replace(/\.0$/, '');
