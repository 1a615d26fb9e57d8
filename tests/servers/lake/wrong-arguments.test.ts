import { expect, test } from 'vitest';
import { openTestLake } from './support/open-test-lake.ts';

// A model mends its call by what it is told: words that name the argument, not a dump of a checker's findings.
test.each([
  ['run_mapping', { target: 'product_stage.acme-prices', sql: 'SELECT 1' }, 'target: must be schema.table'],
  ['preview_sql', { sql: 5 }, 'sql: Invalid input: expected string, received number'],
  ['preview_sql', { sql: 'SELECT 1', foo: 1 }, 'Unrecognized key: "foo"'],
  ['ingest', {}, 'vendor_name: Invalid input: expected string'],
  ['create_table', { table: 'a.b', columns: [{ name: 'x' }] }, 'columns.0.type: Invalid input'],
  ['evolve_table', { table: 'a.b', changes: [{ change: 'frob', column: 'x' }] }, `changes.0.change`],
])('%s with a wrong argument says which, in words', async (tool, input, words) => {
  const lake = await openTestLake();
  const told = await lake.failure(tool, input);
  expect(told).toContain(words);
  expect(told).not.toMatch(/"code"|"path"|\n/);
});
