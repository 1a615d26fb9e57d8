import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { makeXlsx } from './support/make-xlsx.ts';
import { openTestLake, type Row, type TestLake, temporaryFolder } from './support/open-test-lake.ts';

const table = 'product_raw.t';
const columns = [
  { name: 'sku', type: 'VARCHAR' },
  { name: 'price', type: 'DECIMAL(10,2)' },
];
const sheet = (country: string) => [
  ['sku', 'price'],
  [`${country}-1`, 1],
  [`${country}-2`, 'x'],
];
const workbook = makeXlsx({ DE: sheet('DE'), FR: sheet('FR') });
const lists = JSON.stringify({
  a: [{ sku: 'A', price: 1 }],
  b: [
    { sku: 'B', price: 'x' },
    { sku: 'B2', price: 2 },
  ],
});
const kinds = JSON.stringify([
  { kind: 1, sku: 'K1', price: 1 },
  { kind: 2, sku: 'K2', price: 2 },
]);
const xml = '<s><a><p><sku>A</sku><price>1</price></p></a><b><p><sku>B</sku><price>2</price></p></b></s>';

async function lakeWith(path: string, content: string | Buffer): Promise<TestLake> {
  const lake = await openTestLake({ [path]: content });
  await lake.call('create_table', { table, columns });
  return lake;
}

const load = (lake: TestLake, path: string, options: Row, more: Row = {}) =>
  lake.call('ingest', { path, table, vendor_name: 'v', options, ...more });
const skus = async (lake: TestLake) =>
  (await lake.rows(`SELECT sku FROM ${table} ORDER BY sku`)).map(({ sku }) => sku);
const kind = (equals: number) => ({ record_filter: { path: 'kind', equals } });

test.each<[string, string, string | Buffer, readonly [Row, Row], readonly string[], number]>([
  ['sheets of a workbook', 'p.xlsx', workbook, [{ sheet: 'DE' }, { sheet: 'FR' }], ['DE-1', 'FR-1'], 2],
  ['the first sheet, unnamed, and another', 'p.xlsx', workbook, [{}, { sheet: 'FR' }], ['DE-1', 'FR-1'], 2],
  ['lists of a document', 'p.json', lists, [{ record_path: '/a' }, { record_path: 'b' }], ['A', 'B2'], 1],
  ['the list that was found and another', 'p.json', lists, [{}, { record_path: '/a' }], ['A', 'B2'], 1],
  ['kinds of records', 'p.json', kinds, [kind(1), kind(2)], ['K1', 'K2'], 0],
  [
    'elements of XML',
    'p.xml',
    xml,
    [{ record_element: 's/a/p' }, { record_element: 's/b/p' }],
    ['A', 'B'],
    0,
  ],
])('%s: both are kept, and each is known when it comes again', async (...given) => {
  const [, path, content, [first, second], expected, rejected] = given;
  const lake = await lakeWith(path, content);
  expect(await load(lake, path, first)).toMatchObject({ replaced_previous_load: false });
  expect(await load(lake, path, second)).toMatchObject({
    replaced_previous_load: false,
    already_ingested: false,
  });
  expect(await skus(lake)).toEqual(expected);
  const rejects = await lake.rows('SELECT count(*)::INT AS n FROM product_raw.ingest_errors');
  expect(rejects).toEqual([{ n: rejected }]);
  for (const options of [first, second])
    expect(await load(lake, path, options)).toMatchObject({ already_ingested: true });
  expect(await skus(lake)).toEqual(expected);
});

test('the same part with other options replaces its own load, not that of the other part', async () => {
  const lake = await lakeWith('p.xlsx', workbook);
  for (const name of ['DE', 'FR']) await load(lake, 'p.xlsx', { sheet: name });
  const again = await load(lake, 'p.xlsx', { sheet: 'DE', null_values: ['x'] });
  expect(again).toMatchObject({ replaced_previous_load: true, rows_loaded: 2 });
  expect(await skus(lake)).toEqual(['DE-1', 'DE-2', 'FR-1']);
  const forced = await load(lake, 'p.xlsx', { sheet: 'FR' }, { force: true });
  expect(forced).toMatchObject({ replaced_previous_load: true });
  expect(await skus(lake)).toEqual(['DE-1', 'DE-2', 'FR-1']);
  expect(await lake.rows('SELECT raw_row FROM product_raw.ingest_errors')).toEqual([
    { raw_row: '{"sku":"FR-2","price":"x"}' },
  ]);
});

test.each<[string, string, string, Row, Row]>([
  ['a sheet by default and by its name', 'p.xlsx', '', {}, { sheet: 'DE', null_values: ['x'] }],
  ['a list that was found and its path', 'p.json', lists, {}, { record_path: '/b', null_values: ['x'] }],
  ['an element by its name and its path', 'p.xml', xml, { record_element: 'p' }, { record_element: 's/b/p' }],
  ['all records and those of one kind', 'p.json', kinds, {}, kind(1)],
])('%s are the same: the second takes the place of the first', async (_, path, content, first, second) => {
  const lake = await lakeWith(path, content === '' ? workbook : content);
  await load(lake, path, first);
  expect(await load(lake, path, second)).toMatchObject({ replaced_previous_load: true });
});

test('all records are not loaded beside several of their kinds', async () => {
  const lake = await lakeWith('p.json', kinds);
  for (const equals of [1, 2]) await load(lake, 'p.json', kind(equals));
  const words = await lake.failure('ingest', { path: 'p.json', table, vendor_name: 'v' });
  expect(words).toContain('one by one (kind = "1"; kind = "2")');
  expect(words).toContain('load each part again by itself');
  expect(await skus(lake)).toEqual(['K1', 'K2']);
});

test('a ledger of an earlier version is read: its loads are known by their options', async () => {
  const warehouse = temporaryFolder();
  const files = { 'p.xlsx': workbook };
  const before = await openTestLake(files, { warehouse });
  await before.call('create_table', { table, columns });
  await load(before, 'p.xlsx', { sheet: 'DE' });
  const ledger = new Database(join(warehouse, 'catalog.sqlite'));
  ledger.exec('ALTER TABLE lake_loads DROP COLUMN part');
  ledger.close();
  const lake = await openTestLake(files, { warehouse });
  expect(await load(lake, 'p.xlsx', { sheet: 'DE' })).toMatchObject({ already_ingested: true });
  expect(await load(lake, 'p.xlsx', { sheet: 'FR' })).toMatchObject({ replaced_previous_load: false });
  const again = await load(lake, 'p.xlsx', { sheet: 'DE', null_values: ['x'] });
  expect(again).toMatchObject({ replaced_previous_load: true });
  expect(await skus(lake)).toEqual(['DE-1', 'DE-2', 'FR-1']);
});
