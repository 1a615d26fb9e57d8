import { expect, test as it } from 'vitest';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { fc, test } from '../domain/fast-check.ts';
import { harness } from './harness.ts';

// The fingerprint of a request is taken of its canonical form: of what it says, however it was written down.

/** The same value, written with its keys the other way round, its numbers and letters spelled otherwise. */
function otherSpelling(value: Json): string {
  if (typeof value === 'number') return spelled(value);
  if (typeof value === 'string')
    return `"${[...Array(value.length).keys()].map((at) => `\\u${value.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;
  if (Array.isArray(value)) return `[ ${value.map(otherSpelling).join(' , ')} ]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value as JsonObject).reverse();
  return `{\n${members.map(([key, member]) => `${otherSpelling(key)} : ${otherSpelling(member ?? null)}`).join(',\n')}}`;
}

const spelled = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e6 ? `${value}.0e0` : value.toExponential();

test('one canonical form for every spelling of a value', fc.jsonValue() as fc.Arbitrary<Json>, (value) => {
  expect(canonicalJson(JSON.parse(otherSpelling(value)) as Json)).toBe(canonicalJson(value));
});

it.each(['1', '1.0', '1e0', '10e-1', '0.1e1', '1.000'])('%s is the number 1', (text) => {
  expect(canonicalJson(JSON.parse(text) as Json)).toBe('1');
});

async function fingerprintOf(params: JsonObject): Promise<string | undefined> {
  const h = harness(['done']);
  await h.run({
    text: 'Do {{ json params.value }} with {{ params.word }}.',
    params: { word: '', value: null, ...params },
  });
  return h.events('call-begun')[0]?.fingerprint;
}

it('a prompt with a value asks the same, whatever the order of its keys and the spelling of its numbers', async () => {
  const one = await fingerprintOf({ value: { a: 1, b: [1, { x: 0.5, y: null }] } });
  const two = await fingerprintOf({ value: JSON.parse('{"b":[1.0,{"y":null,"x":5e-1}],"a":1e0}') as Json });
  expect(two).toBe(one);
});

it.each([
  ['é as one code point, or as e with an accent', '\u00e9', 'e\u0301'],
  ['the angstrom sign, or the letter', '\u212b', '\u00c5'],
  ['a space, or one that does not break', ' ', '\u00a0'],
  ['upper case, or lower', 'ADA', 'ada'],
])('%s are different words: nothing is normalised', async (_, one, other) => {
  expect(await fingerprintOf({ word: one })).not.toBe(await fingerprintOf({ word: other }));
  expect(canonicalJson(one)).not.toBe(canonicalJson(other));
});
