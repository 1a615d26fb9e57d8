import { describe, expect, test } from 'vitest';
import type { Usage } from '../../src/domain/usage.ts';
import { countCharacters, outputLimit, worstCaseOf, worstCost } from '../../src/domain/worst-case.ts';
import { createPriceBook } from '../../src/models/prices/price-book.ts';

describe('characters', () => {
  test.each([
    ['plain', 'abcd', 4],
    ['nothing', '', 0],
    ['two bytes', 'é', 4],
    ['three bytes', '日本', 14],
    ['four bytes', '😀', 8],
    ['mixed', 'ab日', 9],
  ])('%s: half of them is never less than the bytes beyond ASCII', (_, text, count) => {
    expect(countCharacters(text)).toBe(count);
    const beyond = [...text].filter((character) => character > '\u007f').join('');
    const ascii = [...text].length - [...beyond].length;
    expect(count / 2).toBeGreaterThanOrEqual(ascii / 2 + Buffer.byteLength(beyond));
  });
});

test.each([
  [{}, undefined],
  [{ maxOutputTokens: 100 }, 100],
  [{ providerOptions: { max_tokens: 500 } }, 500],
  [{ maxOutputTokens: 100, providerOptions: { max_completion_tokens: 500 } }, 500],
  [{ maxOutputTokens: 900, providerOptions: { max_output_tokens: 500 } }, 900],
  [{ providerOptions: { max_tokens: 'many' } }, undefined],
])('settings %j let an answer have %s tokens', (settings, limit) => {
  expect(outputLimit(settings)).toBe(limit);
  expect(worstCaseOf({ characters: 11, tools: 2, settings })).toEqual({
    inputTokens: 6 + 400,
    outputTokens: limit ?? 32_000,
  });
});

describe('the worst cost', () => {
  const worst = { inputTokens: 1_000_000, outputTokens: 1_000_000 };
  const own = (price: object) => {
    const book = createPriceBook({ prices: { 'x:y': { input: 1, output: 10, ...price } } });
    return (usage: Usage) => book.cost('x:y', usage, 0);
  };
  const atMs = Date.UTC(2026, 10, 1);
  const sonnet = (usage: Usage) => createPriceBook().cost('anthropic:claude-sonnet-4-5', usage, atMs);
  const small = { inputTokens: 100_000, outputTokens: 1000 };

  test.each([
    ['plain input', {}, {}, 11],
    ['a cache that is dearer to write', { cacheWrite: 1.25 }, {}, 11.25],
    ['a cache that is cheaper to read', { cacheRead: 0.1 }, {}, 11],
    ['a cache that is dearer to read', { cacheRead: 3 }, {}, 13],
  ])('%s', (_, price, settings, usd) => {
    expect(worstCost(worst, settings, own(price))).toBeCloseTo(usd, 9);
  });

  test('of Anthropic is a write to the cache; for an hour only when that is asked for', () => {
    expect(worstCost(small, {}, sonnet)).toBeCloseTo(0.39, 6);
    const hour = { providerOptions: { cache_control: { type: 'ephemeral', ttl: '1h' } } };
    expect(worstCost(small, hour, sonnet)).toBeCloseTo(0.615, 6);
  });

  test('of an unknown model is unknown', () => {
    expect(worstCost(worst, {}, () => null)).toBeNull();
    expect(worstCost(worst, {}, (usage) => (usage.cacheWriteTokens > 0 ? null : 1))).toBeNull();
  });
});
