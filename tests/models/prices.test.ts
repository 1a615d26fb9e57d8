import { describe, expect, test } from 'vitest';
import { noUsage, type Usage } from '../../src/domain/usage.ts';
import { createPriceBook } from '../../src/models/prices/price-book.ts';

const at = Date.parse('2026-11-01');
const million = 1_000_000;
const usage = (given: Partial<Usage>): Usage => ({ ...noUsage, ...given });

describe('the bundled table', () => {
  const book = createPriceBook();
  const all = usage({ inputTokens: million, outputTokens: million });

  test.each([
    ['anthropic:claude-haiku-4-5', 6],
    ['anthropic:claude-haiku-4-5-20251001', 6],
    ['anthropic:claude-sonnet-4-20250514', 18],
    ['openai:gpt-4o', 12.5],
    ['openai:gpt-6-sol-2026-08-01', 19],
    ['openrouter:openai/gpt-4o', 12.5],
  ])('%s', (model, cost) => {
    expect(book.cost(model, all, at)).toBeCloseTo(cost, 9);
  });

  test.each([
    // The table takes these for the older model whose name they begin with.
    'anthropic:claude-sonnet-5-7',
    'anthropic:claude-haiku-4-5-turbo',
    'anthropic:claude-opus-5-55',
    'openai:gpt-99',
    'my-server:gpt-4o',
    'ollama:llama3',
    'gpt-4o',
    ':',
  ])('%s is unknown, not free', (model) => {
    expect(book.cost(model, all, at)).toBeNull();
  });

  test.each([
    ['read from the cache', usage({ inputTokens: million, cacheReadTokens: million }), 0.1],
    ['written for five minutes', usage({ inputTokens: million, cacheWriteTokens: million }), 1.25],
    [
      'written for an hour',
      usage({ inputTokens: million, cacheWriteTokens: million, cacheWrite1hTokens: million }),
      2,
    ],
    [
      'a bit of each',
      usage({
        inputTokens: 4 * million,
        cacheReadTokens: million,
        cacheWriteTokens: 2 * million,
        cacheWrite1hTokens: million,
      }),
      1 + 0.1 + 1.25 + 2,
    ],
  ])('claude-haiku-4-5 %s', (_, given, cost) => {
    expect(book.cost('anthropic:claude-haiku-4-5', given, at)).toBeCloseTo(cost, 9);
  });
});

describe('the project’s own table', () => {
  const book = createPriceBook({
    prices: {
      'openai:gpt-4o': { input: 1, output: 2 },
      'local:llama3': { input: 0, output: 0 },
      'gw:m': { input: 10, output: 20, cacheRead: 1, cacheWrite: 12 },
    },
  });
  const given = usage({
    inputTokens: 3 * million,
    cacheReadTokens: million,
    cacheWriteTokens: million,
    outputTokens: million,
  });

  test('wins over the bundled one', () => {
    expect(book.cost('openai:gpt-4o', given, at)).toBe(3 + 2);
  });
  test('knows cached tokens', () => {
    expect(book.cost('gw:m', given, at)).toBe(10 + 1 + 12 + 20);
  });
  test('may say that a model costs nothing', () => {
    expect(book.cost('local:llama3', given, at)).toBe(0);
  });
  test('is by the whole name', () => {
    expect(book.cost('gw:m2', given, at)).toBeNull();
  });
});

test('a recorded model costs nothing now', () => {
  expect(createPriceBook().cost('recorded:demo', usage({ inputTokens: 5 }), at)).toBe(0);
});

test('a declared base URL decides whose prices hold', () => {
  const book = createPriceBook({
    providers: {
      router: { api: 'openai.chat', baseUrl: 'https://openrouter.ai/api/v1', structuredOutput: true },
      openai: { baseUrl: 'http://127.0.0.1:4000/v1', structuredOutput: true },
    },
  });
  const all = usage({ inputTokens: million, outputTokens: million });
  expect(book.cost('router:openai/gpt-4o', all, at)).toBeCloseTo(12.5, 9);
  expect(book.cost('openai:gpt-4o', all, at)).toBeNull();
});
