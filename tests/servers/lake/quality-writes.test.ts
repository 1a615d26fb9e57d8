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

test('a mapping that is made again without rules leaves nothing aside: all its rows are in the table', async () => {
  const lake = await openFruit();
  await lake.call('ingest', load);
  await lake.call('run_mapping', { ...mapping, rules: [named] });
  expect(await errorsOf(lake, core)).toHaveLength(2);
  expect(await lake.call('run_mapping', mapping)).toMatchObject({ rows_written: 4 });
  expect(await errorsOf(lake, core)).toEqual([]);
  // The record that could not be loaded is still told.
  expect(await errorsOf(lake, raw)).toHaveLength(1);
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

test('a load sets bad rows aside with their raw rows: read = loaded + rejected', async () => {
  const lake = await openFruit();
  const unique = { name: 'once', metric: 'duplicateValues', column: 'name', on_failure: 'quarantine' };
  lake.write('f.csv', `${content}F,apple,3\n`);
  const report = await lake.call('ingest', { ...load, rules: [named, unique] });
  expect(report).toMatchObject({
    rows_read: 6,
    rows_loaded: 2,
    rows_rejected: 4,
    quality: [
      { name: 'named', passed: false, quarantined_rows: 2 },
      { name: 'once', passed: false, quarantined_rows: 1 },
    ],
  });
  expect(await lake.rows(`SELECT sku FROM ${raw} ORDER BY 1`)).toEqual([{ sku: 'A' }, { sku: 'C' }]);
  expect(
    await lake.rows('SELECT line, column_name, reason, raw_row FROM product_raw.ingest_errors ORDER BY line'),
  ).toEqual([
    { line: 3, column_name: 'name', reason: 'quality:named', raw_row: 'B,,2.00' },
    { line: 5, column_name: 'name', reason: 'quality:named', raw_row: 'D,,-2' },
    { line: 6, column_name: 'price', reason: 'invalid_decimal', raw_row: 'E,elder,x' },
    { line: 7, column_name: 'name', reason: 'quality:once', raw_row: 'F,apple,3' },
  ]);
});

test('a load whose rule stops keeps nothing; with other rules the same file is another load', async () => {
  const lake = await openFruit();
  const text = await lake.failure('ingest', { ...load, rules: [{ ...named, on_failure: 'fail' }] });
  expect(text).toContain('named: 2, expected = 0, e.g. {"_source_line":3,"name":null}');
  expect(await lake.rows(`SELECT count(*) AS n FROM ${raw}`)).toEqual([{ n: 0 }]);
  expect(await lake.rows('SELECT count(*) AS n FROM product_raw.ingest_errors')).toEqual([{ n: 0 }]);
  await lake.call('ingest', load);
  expect(await lake.call('ingest', { ...load, rules: [named] })).toMatchObject({
    rows_loaded: 2,
    replaced_previous_load: true,
  });
  expect(await lake.call('ingest', { ...load, rules: [named] })).toMatchObject({ already_ingested: true });
});

test('the query of a rule sees the rows of this load alone', async () => {
  const lake = await openFruit();
  await lake.call('ingest', load);
  lake.write('g.csv', 'sku,name,price\nG,grape,1\n');
  const one = { name: 'one', query: 'SELECT count(*) FROM {table}', mustBe: 1 };
  expect(await lake.call('ingest', { ...load, path: 'g.csv', rules: [one] })).toMatchObject({
    rows_loaded: 1,
    quality: [{ name: 'one', passed: true, value: 1 }],
  });
});
