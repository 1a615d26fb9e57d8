import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { editYaml } from '../../../src/servers/catalog/files/edit-yaml.ts';

const text = `# The law.
id: thing   # for ever
version: 1.0.0

tags: [a,  b]
columns:
  # the key
  - {name: id, type: "VARCHAR"}
  - name: price
    description: >-
      What it costs,
      and no more.
  - name: colour # old
`;
const value = parse(text);

test.each([
  ['one value', { ...value, version: '1.1.0' }, ['-version: 1.0.0', '+version: 1.1.0']],
  ['a new key', { ...value, owner: 'ada' }, ['+owner: ada']],
  ['an element that goes', { ...value, columns: value.columns.slice(0, 2) }, ['-  - name: colour # old']],
  [
    'an element that comes in the middle',
    { ...value, columns: [value.columns[0], { name: 'size' }, ...value.columns.slice(1)] },
    ['+  - name: size'],
  ],
  [
    'a value in an element that keeps its comments',
    {
      ...value,
      columns: value.columns.map((one: { name: string }) =>
        one.name === 'colour' ? { ...one, type: 'VARCHAR' } : one,
      ),
    },
    ['+    type: VARCHAR'],
  ],
])('%s changes its own lines only', (_, now, difference) => {
  const edited = editYaml(text, now);
  expect(parse(edited)).toEqual(now);
  const [was, is] = [text.split('\n'), edited.split('\n')];
  expect([
    ...was.filter((line) => !is.includes(line)).map((line) => `-${line}`),
    ...is.filter((line) => !was.includes(line)).map((line) => `+${line}`),
  ]).toEqual(difference);
});

test('an anchor that is used elsewhere does not carry a change there', () => {
  const anchored = 'a: &x { n: 1 }\nb: *x\n';
  expect(parse(editYaml(anchored, { a: { n: 2 }, b: { n: 1 } }))).toEqual({ a: { n: 2 }, b: { n: 1 } });
});

test('whatever the documents are, the edited text says the new one', () => {
  const json = fc.jsonValue({ maxDepth: 3 }).filter((one) => !JSON.stringify(one).includes('-0'));
  const object = fc.dictionary(
    fc.string({ maxLength: 5 }).filter((key) => key !== '__proto__'),
    json,
    { maxKeys: 5 },
  );
  fc.assert(
    fc.property(object, object, (was, now) => {
      expect(parse(editYaml(stringify(was), now as never))).toEqual(now);
    }),
    { numRuns: 200 },
  );
});
