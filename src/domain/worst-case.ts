import type { ModelSettings } from './model.ts';
import { type CostUsd, noUsage, type Usage } from './usage.ts';

/**
 * What a model call can take at the most, before anything of it is known: reservations and the static check go by the
 * same figures.
 */
export interface WorstCase {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A token of text is, in practice, more than two of the characters that `countCharacters` counts. */
const charactersPerToken = 2;
/** What providers add in words of their own to each tool. */
const tokensPerTool = 200;
/** What an answer may take when nothing says: the price tables know no model's longest answer. */
const assumedOutputTokens = 32_000;

export function worstCaseOf(call: {
  readonly characters: number;
  readonly tools: number;
  readonly settings: ModelSettings;
}): WorstCase {
  const inputTokens = Math.ceil(call.characters / charactersPerToken) + tokensPerTool * call.tools;
  return { inputTokens, outputTokens: outputLimit(call.settings) ?? assumedOutputTokens };
}

/** Fields of the three wire formats that `providerOptions` may set over the neutral one. */
const outputLimitFields = ['max_tokens', 'max_completion_tokens', 'max_output_tokens'] as const;

/** Tokens of one answer, reasoning included, as the settings limit them; the largest when several fields do. */
export function outputLimit({ maxOutputTokens, providerOptions = {} }: ModelSettings): number | undefined {
  const limits = [maxOutputTokens, ...outputLimitFields.map((field) => providerOptions[field])].filter(
    (limit) => typeof limit === 'number',
  );
  return limits.length > 0 ? Math.max(...limits) : undefined;
}

/**
 * The dearest way in which the provider may bill it: all input plain, read from its cache, or written to it, which costs
 * more with some. `cost` prices a usage.
 */
export function worstCost(
  { inputTokens, outputTokens }: WorstCase,
  settings: ModelSettings,
  cost: (usage: Usage) => CostUsd,
): CostUsd {
  const plain: Usage = { ...noUsage, inputTokens, outputTokens };
  const written: Usage = { ...plain, cacheWriteTokens: inputTokens };
  const ways = [plain, { ...plain, cacheReadTokens: inputTokens }, written];
  if (asksForLongCache(settings)) ways.push({ ...written, cacheWrite1hTokens: inputTokens });
  const costs = ways.map(cost);
  const known = costs.filter((one) => one !== null);
  return known.length < costs.length ? null : Math.max(...known);
}

/** A cache for an hour costs twice the input. It is asked for by hand only, so nobody else's worst case carries it. */
const asksForLongCache = ({ providerOptions }: ModelSettings): boolean =>
  providerOptions !== undefined && JSON.stringify(providerOptions).includes('"1h"');

const utf8 = new TextEncoder();
const beyondAscii = /[\u0080-\uffff]/;

/**
 * The length of a text as worst cases count it, two to a token. Scripts other than the Latin one may take a token for
 * each byte of a character: those count so much more that half of them is at least their bytes.
 */
export function countCharacters(text: string): number {
  if (!beyondAscii.test(text)) return text.length;
  const bytes = utf8.encode(text).length;
  return text.length + 3 * (bytes - text.length);
}
