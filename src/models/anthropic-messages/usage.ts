import type { ModelResponse } from '../../domain/model.ts';
import { noUsage } from '../../domain/usage.ts';

export interface AnthropicUsage {
  readonly input_tokens?: number | null;
  readonly output_tokens?: number | null;
  readonly cache_read_input_tokens?: number | null;
  readonly cache_creation_input_tokens?: number | null;
  readonly cache_creation?: { readonly ephemeral_1h_input_tokens?: number } | null;
  readonly output_tokens_details?: { readonly thinking_tokens?: number } | null;
}

/** `input_tokens` leaves out what was read from or written to the cache; ours is everything that was read. */
export function messagesUsage(usage: AnthropicUsage): Pick<ModelResponse, 'usage' | 'usageUnknown'> {
  if (usage.output_tokens === undefined) return { usage: noUsage, usageUnknown: true };
  const cacheReadTokens = usage.cache_read_input_tokens ?? 0;
  const cacheWriteTokens = usage.cache_creation_input_tokens ?? 0;
  const hour = usage.cache_creation?.ephemeral_1h_input_tokens ?? 0;
  return {
    usage: {
      inputTokens: (usage.input_tokens ?? 0) + cacheReadTokens + cacheWriteTokens,
      outputTokens: usage.output_tokens ?? 0,
      cacheReadTokens,
      cacheWriteTokens,
      reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? 0,
      ...(hour > 0 && { cacheWrite1hTokens: hour }),
    },
  };
}
