import { join } from 'node:path';
import { expect, test } from 'vitest';
import { approveRequest } from '../../../src/servers/lake/storage/decide-requests.ts';
import { breakCommits } from './support/break-commits.ts';
import { openTestLake, type Row, temporaryFolder } from './support/open-test-lake.ts';

const rules = [
  {
    name: 'form',
    metric: 'invalidValues',
    column: 'k',
    arguments: { pattern: '[A-Z][0-9]' },
    on_failure: 'quarantine',
  },
];
const values = (...keys: string[]) =>
  `SELECT k, 1::HUGEINT AS n FROM (VALUES ${keys.map((key) => `('${key}')`).join(', ')}) AS v(k)`;

async function openMappings() {
  const warehouse = join(temporaryFolder(), 'lake');
  const lake = await openTestLake({}, { warehouse });
  const aside = async (target: string) =>
    (
      await lake.rows(
        `SELECT json_extract_string(raw_row, '$.k') AS k FROM product_raw.ingest_errors WHERE target_table = '${target}' ORDER BY 1`,
      )
    ).map(({ k }) => k);
  const keys = async (target: string) =>
    (await lake.rows(`SELECT k FROM ${target} ORDER BY 1`)).map(({ k }) => k);
  const map = (target: string, sql: string, more: Row = {}) =>
    lake.call('run_mapping', { target, sql, rules, ...more });
  return { ...lake, warehouse, aside, keys, map };
}

test('what a mapping that appends sets aside stays when the same SQL runs again', async () => {
  const { call, map, aside, keys } = await openMappings();
  await call('create_table', {
    table: 'core.m',
    columns: [{ name: 'k', type: 'VARCHAR' }],
    primary_key: ['k'],
  });
  for (const day of ['1', '2']) {
    await map('stage.s', values(`A${day}`, `bad${day}`), { rules: [] });
    await map('core.m', 'SELECT k FROM stage.s', { mode: 'append' });
  }
  expect(await keys('core.m')).toEqual(['A1', 'A2']);
  expect(await aside('core.m')).toEqual(['bad1', 'bad2']);
});

test('a mapping that fails when it is written leaves what the last good one set aside', async () => {
  const { map, failure, aside, keys } = await openMappings();
  await map('c.t', values('A1', 'bad'));
  const large =
    "SELECT 'A2' AS k, 170141183460469231731687303715884105727::HUGEINT AS n UNION ALL SELECT 'worse', 1";
  await failure('run_mapping', { target: 'c.t', sql: large, rules });
  expect(await keys('c.t')).toEqual(['A1']);
  expect(await aside('c.t')).toEqual(['bad']);
});

test('what is set aside follows its table: a mapping takes the place of the last one, a rollback brings that back', async () => {
  const { call, map, aside, warehouse } = await openMappings();
  await map('c.t', values('A1', 'bad1'));
  await map('c.t', values('A2', 'bad2'));
  expect(await aside('c.t')).toEqual(['bad2']);
  await map('c.t', values('A3'));
  expect(await aside('c.t')).toEqual([]);
  const snapshots = (await call('table_history', { table: 'c.t' }))['snapshots'] as Row[];
  await call('rollback_snapshot', { table: 'c.t', snapshot: snapshots.at(-1)?.['snapshot'], reason: 'r' });
  await approveRequest(warehouse, { request: 1, who: 'ada' });
  expect(await aside('c.t')).toEqual(['bad1']);
});

test.each([
  ['the target', 't', ['A1'], ['bad1']],
  ['the table of rejects', 'ingest_errors', ['A2'], ['bad2']],
])(
  'a commit to %s that fails: both tables are of one mapping as soon as it can be',
  async (_name, broken, rows, rejects) => {
    const { map, failure, aside, keys, warehouse } = await openMappings();
    await map('c.t', values('A1', 'bad1'));
    const { mend } = breakCommits(warehouse, broken);
    await failure('run_mapping', { target: 'c.t', sql: values('A2', 'bad2'), rules });
    expect(await keys('c.t')).toEqual(rows);
    mend();
    expect(await aside('c.t')).toEqual(rejects);
    await map('c.t', values('A3', 'bad3'));
    expect([await keys('c.t'), await aside('c.t')]).toEqual([['A3'], ['bad3']]);
  },
);
