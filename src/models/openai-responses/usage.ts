import type { ResponseUsage } from 'openai/resources/responses/responses';
import type { ModelResponse } from '../../domain/model.ts';
import { noUsage } from '../../domain/usage.ts';

/** Compatible servers leave out what OpenAI always sends. */
type AnyUsage = {
  readonly [Name in keyof ResponseUsage]?: ResponseUsage[Name] extends object
    ? Partial<ResponseUsage[Name]>
    : ResponseUsage[Name];
};

/** `input_tokens` and `output_tokens` hold their cached and reasoning parts already. */
export function responsesUsage(
  usage: AnyUsage | undefined | null,
): Pick<ModelResponse, 'usage' | 'usageUnknown'> {
  if (!usage) return { usage: noUsage, usageUnknown: true };
  return {
    usage: {
      inputTokens: usage.input_tokens ?? 0,
      outputTokens: usage.output_tokens ?? 0,
      cacheReadTokens: usage.input_tokens_details?.cached_tokens ?? 0,
      cacheWriteTokens: usage.input_tokens_details?.cache_write_tokens ?? 0,
      reasoningTokens: usage.output_tokens_details?.reasoning_tokens ?? 0,
    },
  };
}
