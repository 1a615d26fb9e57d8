import { expect, test } from 'vitest';
import { openTestLake } from './support/open-test-lake.ts';

const rates = [
  { currency: 'EUR', rate: 1, signs: ['€'] },
  { currency: 'USD', rate: 0.92, signs: ['$', "US'$"] },
  { currency: 'GBP', rate: 1.175, signs: [] },
];
const table = 'policy.currency_rates';

test('rows become a table whose numbers are those that were written', async () => {
  const lake = await openTestLake();
  expect(await lake.call('write_rows', { table, rows: rates, contract: 'currency@1.0.0' })).toEqual({
    table,
    rows: 3,
    columns: [
      { name: 'currency', type: 'VARCHAR' },
      { name: 'rate', type: 'DECIMAL(18,3)' },
      { name: 'signs', type: 'VARCHAR[]' },
    ],
  });
  const found = await lake.call('preview_sql', {
    sql: `SELECT currency, rate * 100 AS hundred, signs FROM ${table} ORDER BY rate`,
  });
  expect(found).toMatchObject({
    rows: [
      { currency: 'USD', hundred: 92, signs: ['$', "US'$"] },
      { currency: 'EUR', hundred: 100, signs: ['€'] },
      { currency: 'GBP', hundred: 117.5, signs: [] },
    ],
  });
});

test('the same rows again make no snapshot; other rows, and another contract, make one', async () => {
  const lake = await openTestLake();
  const written = async (rows: object[], contract: string): Promise<number> => {
    await lake.call('write_rows', { table, rows, contract });
    const { snapshots } = (await lake.call('table_history', { table })) as { snapshots: unknown[] };
    return snapshots.length;
  };
  expect(await written(rates, 'currency@1.0.0')).toBe(1);
  expect(await written(rates, 'currency@1.0.0')).toBe(1);
  expect(await written(rates.slice(1), 'currency@1.1.0')).toBe(2);
  expect(await written(rates.slice(1), 'currency@1.1.1')).toBe(3);
});

test.each<[string, object, string]>([
  ['values of several kinds', { rows: [{ a: 1 }, { a: 'x' }] }, 'several kinds: number, string'],
  ['a bronze table', { table: 'product_raw.rates' }, 'only ingest writes it'],
  ['a system schema', { table: 'temp.rates' }, 'belongs to the database'],
  ['a column that is SQL', { rows: [{ 'a" FROM x; --': 1 }] }, 'rows'],
  ['no rows', { rows: [] }, 'rows'],
])('%s is refused', async (_, given, words) => {
  const lake = await openTestLake();
  expect(await lake.failure('write_rows', { table, rows: rates, ...given })).toContain(words);
});
