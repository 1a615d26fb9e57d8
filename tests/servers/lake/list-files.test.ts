import { expect, test } from 'vitest';
import { openTestLake } from './support/open-test-lake.ts';

const long = `${'a'.repeat(60)}c.csv`;
const files = { 'f.csv': 'a\n1\n', 'sub/g.csv': 'a\n', 'sub/h.json': '[]', [long]: 'a\n' };

test.each([
  ['*.csv', [long, 'f.csv', 'sub/g.csv']],
  ['sub/*', ['sub/g.csv', 'sub/h.json']],
  ['**/*.json', ['sub/h.json']],
  ['**/g.csv', ['sub/g.csv']],
  // An expression with as many stars is tried for hours.
  [`${'*a'.repeat(12)}*b`, []],
])('list_files %s', async (pattern, paths) => {
  const lake = await openTestLake(files);
  expect((await lake.call('list_files', { pattern }))['files']).toEqual(
    paths.map((path) => expect.objectContaining({ path })),
  );
});

test.each(['{f,g}.csv', '[fg].csv', `${'{a,b}'.repeat(60)}`])('%s is refused with words', async (pattern) => {
  const lake = await openTestLake(files);
  expect(await lake.failure('list_files', { pattern })).toContain('a pattern is made of *, ? and **');
});
