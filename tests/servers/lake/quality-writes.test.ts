import { expect, test } from 'vitest';
import { openTestLake, type Row, type TestLake } from './support/open-test-lake.ts';

const columns = [
  { name: 'sku', type: 'VARCHAR', nullable: false },
  { name: 'name', type: 'VARCHAR' },
  { name: 'price', type: 'DECIMAL(8,2)' },
];
const content = 'sku,name,price\nA,apple,1.50\nB,,2.00\nC,cherry,-1\nD,,-2\nE,elder,x\n';
const raw = 'product_raw.fruit';
const core = 'product_core.fruit';
const load = { path: 'f.csv', table: raw, vendor_name: 'v' };

const named = { name: 'named', metric: 'nullValues', column: 'name', on_failure: 'quarantine' };
const positive = {
  name: 'positive',
  metric: 'invalidValues',
  column: 'price',
  arguments: { min: 0 },
  on_failure: 'quarantine',
};

async function openFruit(primaryKey: string[] = []): Promise<TestLake> {
  const lake = await openTestLake({ 'f.csv': content });
  await lake.call('create_table', { table: raw, columns });
  await lake.call('create_table', { table: core, columns, primary_key: primaryKey });
  return lake;
}

const errorsOf = (lake: TestLake, table: string): Promise<Row[]> =>
  lake.rows(
    `SELECT reason, column_name, detail, raw_row FROM product_raw.ingest_errors WHERE target_table = '${table}' ORDER BY raw_row`,
  );

const mapping = {
  target: core,
  sql: `SELECT sku, name, price FROM ${raw}`,
};

test('a mapping sets bad rows aside: selected = written + quarantined, and each row is found again', async () => {
  const lake = await openFruit(['sku']);
  await lake.call('ingest', load);
  const rules = [named, positive, { name: 'some', metric: 'rowCount' }];
  const report = await lake.call('run_mapping', { ...mapping, rules });
  expect(report).toMatchObject({ rows_written: 1, rows_quarantined: 3, row_count: 1 });
  expect(report['quality']).toMatchObject([
    { name: 'named', on_failure: 'quarantine', passed: false, value: 2, quarantined_rows: 2 },
    { name: 'positive', passed: false, value: 2, quarantined_rows: 1 },
    { name: 'some', on_failure: 'fail', passed: true, value: 1 },
  ]);
  expect(await errorsOf(lake, core)).toEqual([
    {
      reason: 'quality:named',
      column_name: 'name',
      detail: 'named: nullValues name',
      raw_row: '{"sku":"B","name":null,"price":"2.00"}',
    },
    {
      reason: 'quality:positive',
      column_name: 'price',
      detail: 'positive: invalidValues price',
      raw_row: '{"sku":"C","name":"cherry","price":"-1.00"}',
    },
    {
      reason: 'quality:named',
      column_name: 'name',
      detail: 'named: nullValues name; positive: invalidValues price',
      raw_row: '{"sku":"D","name":null,"price":"-2.00"}',
    },
  ]);
});

test('the same mapping again doubles nothing, and one that no longer breaks a rule leaves nothing aside', async () => {
  const lake = await openFruit();
  await lake.call('ingest', load);
  await lake.call('run_mapping', { ...mapping, rules: [named] });
  await lake.call('run_mapping', { ...mapping, rules: [named] });
  expect(await errorsOf(lake, core)).toHaveLength(2);
  const mended = { ...mapping, sql: `SELECT sku, coalesce(name, 'none') AS name, price FROM ${raw}` };
  expect(await lake.call('run_mapping', { ...mended, rules: [named] })).toMatchObject({
    rows_written: 4,
    rows_quarantined: 0,
  });
  expect(await errorsOf(lake, core)).toEqual([]);
});

test('a rule that stops leaves the table as it was and says rule, value, expectation and rows', async () => {
  const lake = await openFruit(['sku']);
  await lake.call('ingest', load);
  await lake.call('run_mapping', { ...mapping, sql: `${mapping.sql} WHERE sku = 'A'` });
  const text = await lake.failure('run_mapping', {
    ...mapping,
    rules: [{ ...positive, on_failure: 'fail' }],
  });
  expect(text).toContain('1 quality rules of product_core.fruit do not hold; nothing was written.');
  expect(text).toContain(
    '- positive: 2, expected = 0, e.g. {"sku":"C","price":-1},{"sku":"D","price":-2}'.replace('},{', '}, {'),
  );
  expect(await lake.rows(`SELECT count(*) AS n FROM ${core}`)).toEqual([{ n: 1 }]);
  expect(await errorsOf(lake, core)).toEqual([]);
});

test('the query of a rule sees the new rows where it names their table, and other tables as they are', async () => {
  const lake = await openFruit();
  await lake.call('ingest', load);
  const all = {
    name: 'all',
    query: `SELECT count(*) - (SELECT count(*) FROM ${raw}) FROM ${core}`,
    mustBe: 0,
  };
  const of = (target: string) => ({ name: 'four', query: `SELECT count(*) FROM ${target}`, mustBe: 4 });
  expect(await lake.call('run_mapping', { ...mapping, rules: [all, of('{table}')] })).toMatchObject({
    quality: [{ passed: true }, { passed: true }],
  });
  // A table that is not made yet as well.
  const fresh = { ...mapping, target: 'product_core.fresh', rules: [of('product_core.fresh')] };
  expect(await lake.call('run_mapping', fresh)).toMatchObject({ rows_written: 4 });
  const outside = { name: 'outside', query: "SELECT count(*) FROM read_csv('/etc/passwd')" };
  expect(await lake.failure('run_mapping', { ...mapping, rules: [outside] })).toContain('outside');
});

test('a warning is told and stops nothing; without rules the answer is the old one', async () => {
  const lake = await openFruit();
  await lake.call('ingest', load);
  const warned = await lake.call('run_mapping', { ...mapping, rules: [{ ...named, on_failure: 'warn' }] });
  expect(warned).toMatchObject({
    rows_written: 4,
    rows_quarantined: 0,
    quality: [{ passed: false, value: 2 }],
  });
  expect(Object.keys(await lake.call('run_mapping', mapping)).sort()).toEqual([
    'columns',
    'mode',
    'row_count',
    'rows_written',
    'target',
  ]);
});
