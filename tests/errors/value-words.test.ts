import { expect, test } from 'vitest';
import { z } from 'zod';
import { kindInWords, valueInWords } from '../../src/errors/index.ts';

// Each kind by what zod itself says that it expected: a name that zod changes would come through as it is.
test.each<[string, z.ZodType, unknown]>([
  ['text', z.string(), 1],
  ['a whole number', z.int(), 1.5],
  ['a number', z.number(), 'x'],
  ['true or false', z.boolean(), 'x'],
  ['a list', z.array(z.string()), 'x'],
  ['a map', z.object({}), 'x'],
  ['a map', z.record(z.string(), z.string()), 'x'],
])('what must be %s', (words, schema, value) => {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  expect(issue?.code === 'invalid_type' && kindInWords(issue.expected)).toBe(words);
});

test.each<[unknown, string]>([
  [null, 'empty'],
  [[], 'an empty list'],
  [[1], 'a list'],
  [{ a: 1 }, 'a map'],
  ['5', 'the text "5"'],
  [5, '5'],
  [false, 'false'],
])('%j is told as %s', (value, words) => {
  expect(valueInWords(value)).toBe(words);
});
