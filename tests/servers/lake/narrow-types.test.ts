import { expect, test } from 'vitest';
import { approveRequest } from '../../../src/servers/lake/storage/decide-requests.ts';
import { openTestLake, type TestLake, temporaryFolder } from './support/open-test-lake.ts';

async function snapshotsOf(lake: TestLake, table: string): Promise<string[]> {
  const { snapshots } = await lake.call('table_history', { table });
  return (snapshots as { snapshot: string }[]).map(({ snapshot }) => snapshot).reverse();
}

// The format keeps JSON as text and SMALLINT as integer: which it is goes with the column, not with its name.
test.each([
  ['JSON, then a text', `'{"a":1}'::JSON`, `'abc'`, ['{"a":1}', 'abc']],
  ['a text, then JSON', `'abc'`, `'{"a":1}'::JSON`, ['abc', '{"a":1}']],
  ['SMALLINT, then INTEGER', '1::SMALLINT', '70000::INTEGER', [1, 70_000]],
  ['INTEGER, then SMALLINT', '70000::INTEGER', '1::SMALLINT', [70_000, 1]],
  ['a list of JSON, then of texts', `['{"a":1}'::JSON]`, `['abc']`, [['{"a":1}'], ['abc']]],
])('%s: the table is readable as it is and as it was', async (_, first, second, values) => {
  const lake = await openTestLake();
  await lake.call('run_mapping', { target: 'x.t', sql: `SELECT ${first} AS a, 1 AS b` });
  await lake.call('run_mapping', { target: 'x.t', sql: `SELECT ${second} AS a, 2 AS b` });
  const [before] = await snapshotsOf(lake, 'x.t');

  expect(await lake.rows('SELECT a, b FROM x.t')).toEqual([{ a: values[1], b: 2 }]);
  expect(await lake.rows(`SELECT a, b FROM x.t AT (VERSION => ${before})`)).toEqual([{ a: values[0], b: 1 }]);
});

test('a predicate over the past knows the type that the column had', async () => {
  const lake = await openTestLake();
  await lake.call('run_mapping', { target: 'x.t', sql: `SELECT 70000::INTEGER AS a` });
  await lake.call('run_mapping', { target: 'x.t', sql: `SELECT 1::SMALLINT AS a` });
  const [before] = await snapshotsOf(lake, 'x.t');
  expect(await lake.rows(`SELECT a FROM x.t AT (VERSION => ${before}) WHERE a = 70000`)).toEqual([
    { a: 70_000 },
  ]);
});

test('the same narrow column again is the same column', async () => {
  const lake = await openTestLake();
  for (const number of [1, 2]) {
    const sql = `SELECT ${number}::SMALLINT AS a, '{}'::JSON AS j`;
    const { columns } = await lake.call('run_mapping', { target: 'x.t', sql });
    expect(columns).toEqual([
      { name: 'a', type: 'SMALLINT' },
      { name: 'j', type: 'JSON' },
    ]);
  }
  const [before] = await snapshotsOf(lake, 'x.t');
  // By a name that it still has, in the snapshot before and in this one.
  expect(await lake.rows(`SELECT a FROM x.t AT (VERSION => ${before})`)).toEqual([{ a: 1 }]);
});

test.each([
  [`'{"a":1}'::JSON`, `'abc'`, '{"a":1}'],
  ['1::INTEGER', `'abc'`, 1],
])('rows that come back by a rollback come with their columns: %s, then %s', async (first, second, value) => {
  const warehouse = temporaryFolder();
  const lake = await openTestLake({}, { warehouse });
  await lake.call('run_mapping', { target: 'x.t', sql: `SELECT ${first} AS a` });
  await lake.call('run_mapping', { target: 'x.t', sql: `SELECT ${second} AS a, 2 AS b` });
  const [snapshot] = await snapshotsOf(lake, 'x.t');
  await lake.call('rollback_snapshot', { table: 'x.t', snapshot, reason: 'wrong' });
  await approveRequest(warehouse, { request: 1, who: 'ada' });
  expect(await lake.rows('SELECT * FROM x.t')).toEqual([{ a: value }]);
  await lake.call('run_mapping', { target: 'x.t', sql: `SELECT ${second} AS a` });
  expect(await lake.rows('SELECT * FROM x.t')).toEqual([{ a: 'abc' }]);
});
