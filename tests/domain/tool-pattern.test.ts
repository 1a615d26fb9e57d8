import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchesPattern, mayMatchUnder } from '../../src/domain/tool-pattern.ts';

test.each<[string, string, boolean]>([
  ['lake.ingest', 'lake.ingest', true],
  ['lake.ingest', 'lake.ingest2', false],
  ['lake.*', 'lake.ingest', true],
  ['lake.*', 'lakes.ingest', false],
  ['*', 'anything.at.all', true],
  ['*_file', 'files.read_text_file', true],
  ['a*a', 'a', false],
  ['*ab*b', 'aab', false],
  ['lake.[i]*', 'lake.ingest', false],
  ['lake.?ngest', 'lake.ingest', false],
])('%s and %s: %s', (pattern, name, expected) => {
  expect(matchesPattern(pattern, name)).toBe(expected);
});

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 8 });
const plain = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });

test('a pattern means what the same regular expression means', () => {
  const meaning = (pattern: string) =>
    new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
  fc.assert(
    fc.property(
      letters,
      plain,
      (pattern, name) => matchesPattern(pattern, name) === meaning(pattern).test(name),
    ),
    { numRuns: 5000 },
  );
});

test('a server that has a matching tool is never left out', () => {
  fc.assert(
    fc.property(letters, plain, plain, (pattern, server, tool) => {
      const prefix = `${server}.`;
      return !matchesPattern(pattern, prefix + tool) || mayMatchUnder(pattern, prefix);
    }),
    { numRuns: 5000 },
  );
});
