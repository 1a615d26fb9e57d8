import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import type { Json } from '../../src/domain/json.ts';
import { agreement, type JsonDifference, jsonDifferences } from '../../src/domain/json-difference.ts';
import { fc, test as property } from './fast-check.ts';

const lines = (differences: readonly JsonDifference[]) =>
  differences.map(({ pointer, kind, was, now }) =>
    [
      kind,
      pointer,
      ...(was === undefined ? [] : [JSON.stringify(was)]),
      ...(now === undefined ? [] : [JSON.stringify(now)]),
    ].join(' '),
  );

/** Small values of few letters, so that lists and keys often meet their like. */
const { value: small } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, 0, 1, 2, 'a', 'b'),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(fc.constantFrom('a', 'b', '~/', '__proto__'), tie('value'), { maxKeys: 3 }),
  ),
}));
const pairs = fc.tuple(small, small);

const at = (value: Json, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((inside, key) => (inside as Record<string, unknown>)[key], value);

describe('differences', () => {
  test.each<[string, Json, Json, string[]]>([
    ['nothing', { a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, []],
    ['a number', { a: 1 }, { a: 2 }, ['changed /a 1 2']],
    ['null is not the text', null, 'null', ['changed  null "null"']],
    ['0 is -0 in JSON', { a: 0 }, { a: -0 }, []],
    ['a key more and one less', { a: 1 }, { b: 1 }, ['removed /a 1', 'added /b 1']],
    ['keys with / and ~', { 'a/b': { '~': 1 } }, { 'a/b': { '~': 2 } }, ['changed /a~1b/~0 1 2']],
    ['an object for a list', { a: [1] }, { a: { 0: 1 } }, ['changed /a [1] {"0":1}']],
    ['__proto__', JSON.parse('{"__proto__":1}'), {}, ['removed /__proto__ 1']],
    ['inserted in front', [1, 2, 3], [0, 1, 2, 3], ['added /0 0']],
    [
      'inserted among repeated ones',
      ['a', 'b', 'a', 'b', 'c'],
      ['x', 'a', 'b', 'a', 'b', 'd'],
      ['added /0 "x"', 'changed /5 "c" "d"'],
    ],
    ['removed in the middle', [1, 2, 3, 4], [1, 4], ['removed /1 2', 'removed /2 3']],
    ['one of equal ones more', ['a', 'a'], ['a', 'a', 'a'], ['added /2 "a"']],
    ['all others', [1, 2], [3, 4], ['changed /0 1 3', 'changed /1 2 4']],
    [
      'inside a moved element',
      [
        { id: 1, v: 'a' },
        { id: 2, v: 'b' },
      ],
      [
        { id: 9, v: 'x' },
        { id: 1, v: 'a' },
        { id: 2, v: 'B' },
      ],
      ['added /0 {"id":9,"v":"x"}', 'changed /2/v "b" "B"'],
    ],
    [
      'elements by what names them',
      [
        { n: 'a', v: 1 },
        { n: 'b', v: 2 },
      ],
      [
        { n: 'c', v: 7 },
        { n: 'a', v: 8 },
        { n: 'b', v: 9 },
      ],
      ['added /0 {"n":"c","v":7}', 'changed /1/v 1 8', 'changed /2/v 2 9'],
    ],
    [
      'a name that is there twice names nothing',
      [
        { n: 'a', v: 1 },
        { n: 'a', v: 2 },
      ],
      [
        { n: 'a', v: 3 },
        { n: 'a', v: 4 },
      ],
      ['changed /0/v 1 3', 'changed /1/v 2 4'],
    ],
    ['deep', { a: [{ b: [1, 2] }] }, { a: [{ b: [1, 2, 3] }] }, ['added /a/0/b/2 3']],
  ])('%s', (_, was, now, expected) => {
    expect(lines(jsonDifferences(was, now))).toEqual(expected);
  });

  property('none exactly when the JSON is the same', pairs, ([a, b]) => {
    expect(jsonDifferences(a, structuredClone(a))).toEqual([]);
    expect(jsonDifferences(a, b).length === 0).toBe(canonicalJson(a) === canonicalJson(b));
  });

  property('every value that is named is where it is said to be', pairs, ([a, b]) => {
    for (const { pointer, kind, was, now } of jsonDifferences(a, b)) {
      if (kind === 'removed') expect(at(a, pointer)).toEqual(was);
      else expect(at(b, pointer)).toEqual(now);
    }
  });

  test('10,000 rows, of which every tenth changed and one came first, are compared without a table of them all', () => {
    const rows = (edit: (row: number) => string) =>
      Array.from({ length: 10_000 }, (_, id) => ({ id, name: edit(id) }));
    const now = [{ id: -1, name: 'new' }, ...rows((id) => (id % 10 === 0 ? 'changed' : `row ${id}`))];
    const found = jsonDifferences(
      rows((id) => `row ${id}`),
      now,
    );
    expect(found).toHaveLength(1001);
    expect(found[0]).toMatchObject({ kind: 'added', pointer: '/0' });
    expect(found[1]).toMatchObject({ kind: 'changed', pointer: '/1/name' });
  });

  test('10,000 times the same few values', () => {
    const values = (edit: number) =>
      Array.from({ length: 10_000 }, (_, index) => (index % 10 === edit ? 'x' : index % 2));
    expect(jsonDifferences(values(3), values(4))).toHaveLength(2000);
  });

  test('10,000 rows that are all others', () => {
    const rows = (name: string) => Array.from({ length: 10_000 }, (_, id) => ({ id, name }));
    expect(jsonDifferences(rows('a'), rows('b'))).toHaveLength(10_000);
  });
});

describe('agreement', () => {
  test.each<[Json, Json, number, number]>([
    [{ a: 1, b: 'x' }, { a: 1, b: 'x' }, 2, 2],
    [{ a: 1, b: 'x' }, { a: 1, b: 'y' }, 1, 2],
    [{ a: 1 }, { a: 1, b: [1, 2] }, 1, 3],
    [{ a: 1, b: [1, 2] }, { a: 1 }, 1, 3],
    [{ a: { b: 1, c: 2 } }, { a: 5 }, 0, 2],
    [[1, 2, 3], [0, 1, 2, 3], 3, 4],
    [{}, {}, 1, 1],
    [[], { a: [] }, 0, 1],
    ['x', 'x', 1, 1],
  ])('of %j and %j: %i of %i', (was, now, equal, leaves) => {
    expect(agreement(was, now)).toEqual({ equal, leaves, share: equal / leaves });
  });

  property('is whole exactly when nothing differs', pairs, ([a, b]) => {
    const { share } = agreement(a, b);
    expect(share >= 0 && share <= 1).toBe(true);
    expect(share === 1).toBe(jsonDifferences(a, b).length === 0);
  });
});
