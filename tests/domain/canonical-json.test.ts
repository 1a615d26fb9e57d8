import { describe, expect, test as it } from 'vitest';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import type { Json } from '../../src/domain/json.ts';
import { fc, test } from './fast-check.ts';

const json = fc.jsonValue({ noUnicodeString: false } as never) as fc.Arbitrary<Json>;

function shuffled(value: Json): Json {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, shuffled(member as Json)]),
  );
}

describe('canonical JSON', () => {
  test('says the same value', json, (value) => {
    expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
  });

  test('is one text for one value, whatever the order of its keys', json, (value) => {
    expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
  });

  test('is its own canonical form', json, (value) => {
    expect(canonicalJson(JSON.parse(canonicalJson(value)) as Json)).toBe(canonicalJson(value));
  });

  it.each([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [{ a: undefined }, '{}'],
    [1.0, '1'],
    [1e21, '1e+21'],
    [-0, '0'],
    ['ü\u2028"', '"ü\u2028\\""'],
    // RFC 8785 sorts by UTF-16 code units: the surrogate pair of 😀 (d83d) comes before ﬁ (fb01).
    [{ ﬁ: 1, '😀': 2 }, '{"😀":2,"ﬁ":1}'],
  ])('%j is %s', (value, text) => {
    expect(canonicalJson(value as Json)).toBe(text);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('%s has no JSON form', (value) => {
    expect(() => canonicalJson({ deep: [value] })).toThrow('has no JSON form');
  });
});
