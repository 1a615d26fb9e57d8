import type { ModelResponse } from '../../domain/model.ts';
import { noUsage } from '../../domain/usage.ts';
import type { ChatUsage } from './deviations.ts';

/** `prompt_tokens` and `completion_tokens` hold their cached and reasoning parts already. */
export function chatUsage(usage: ChatUsage | undefined): Pick<ModelResponse, 'usage' | 'usageUnknown'> {
  if (!usage) return { usage: noUsage, usageUnknown: true };
  const input = usage.prompt_tokens_details;
  return {
    usage: {
      inputTokens: usage.prompt_tokens ?? 0,
      outputTokens: usage.completion_tokens ?? 0,
      cacheReadTokens: input?.cached_tokens ?? usage.prompt_cache_hit_tokens ?? 0,
      cacheWriteTokens: input?.cache_write_tokens ?? 0,
      reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
    },
  };
}
