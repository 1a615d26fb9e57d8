import { expect, test } from 'vitest';
import { openTestLake } from './support/open-test-lake.ts';

const columns = [
  { name: 'id', type: 'int' },
  { name: 'title', type: 'text', nullable: false },
  { name: 'price', type: 'numeric(8, 2)' },
];
const product = { table: 'product_core.product', columns, primary_key: ['id'], description: 'curated' };

test('create_table is idempotent, and says the difference when it is another table', async () => {
  const lake = await openTestLake();
  expect(await lake.call('create_table', product)).toMatchObject({
    created: true,
    columns: [
      { name: 'id', type: 'INTEGER', nullable: false },
      { name: 'title', type: 'VARCHAR' },
      { name: 'price', type: 'DECIMAL(8,2)' },
    ],
    audit_columns: [],
  });
  expect(await lake.call('create_table', product)).toMatchObject({ created: false });
  const other = {
    ...product,
    primary_key: [],
    columns: [
      { name: 'id', type: 'BIGINT' },
      { name: 'titel', type: 'VARCHAR' },
    ],
  };
  const text = await lake.failure('create_table', other);
  for (const part of [
    '"id" is INTEGER, not BIGINT',
    '"title" that you do not give',
    'no column "titel"',
    'primary_key is (id), not ()',
  ]) {
    expect(text).toContain(part);
  }
});

test('create_table with evolve brings a table to a newer definition, and refuses what would lose values', async () => {
  const lake = await openTestLake();
  await lake.call('create_table', product);
  const newer = {
    ...product,
    evolve: true,
    contract: 'product@1.1.0',
    columns: [
      { name: 'id', type: 'BIGINT' },
      { name: 'brand', type: 'text', description: 'new' },
      { name: 'title', type: 'text' },
      { name: 'price', type: 'numeric(10, 2)' },
    ],
  };
  const shape = {
    created: false,
    columns: [
      { name: 'id', type: 'BIGINT', nullable: false },
      { name: 'brand', type: 'VARCHAR', nullable: true, description: 'new' },
      { name: 'title', type: 'VARCHAR', nullable: true },
      { name: 'price', type: 'DECIMAL(10,2)', nullable: true },
    ],
  };
  expect(await lake.call('create_table', newer)).toMatchObject(shape);
  expect(await lake.call('create_table', newer)).toMatchObject(shape);
  const { created: _, ...described } = shape;
  expect(await lake.call('describe_table', { table: product.table })).toMatchObject(described);
  const narrower = { ...newer, columns: [{ name: 'id', type: 'INTEGER' }, ...newer.columns.slice(1)] };
  expect(await lake.failure('create_table', narrower)).toContain('"id"');
  const fewer = { ...newer, columns: newer.columns.slice(0, 2) };
  expect(await lake.failure('create_table', fewer)).toContain('"title" that you do not give');
  expect(await lake.call('describe_table', { table: product.table })).toMatchObject(described);
});

test.each<[string, object, string]>([
  [
    'an unknown type',
    { columns: [{ name: 'a', type: 'BLOB' }], primary_key: [] },
    '"BLOB" is no column type',
  ],
  [
    'a type that is SQL',
    { columns: [{ name: 'a', type: 'INT); DROP TABLE x; --' }], primary_key: [] },
    'is no column type',
  ],
  ['a key that is no column', { primary_key: ['tile'] }, 'did you mean "title"?'],
  ['a column twice', { columns: [...columns, columns[0]] }, '"id" is given twice'],
  [
    'a name like an audit column',
    { columns: [{ name: '_source_file', type: 'TEXT' }] },
    'starting with a letter',
  ],
  ['a system schema', { table: 'information_schema.x' }, 'belongs to the database'],
  ['a table without a schema', { table: 'product' }, 'schema.table'],
  ['the table of errors', { table: 'product_raw.ingest_errors' }, 'there already'],
])('create_table refuses %s', async (_, change, message) => {
  const lake = await openTestLake();
  expect(await lake.failure('create_table', { ...product, ...change })).toContain(message);
});

test('run_mapping fills a declared table by name, casts, and is repeatable', async () => {
  const lake = await openTestLake();
  await lake.call('create_table', product);
  const mapping = {
    target: product.table,
    sql: "SELECT '9.5' AS price, i AS id, 'p' || i AS title FROM range(3) t(i)",
  };
  const report = await lake.call('run_mapping', mapping);
  expect(report).toMatchObject({ mode: 'overwrite', rows_written: 3, row_count: 3 });
  expect(await lake.call('run_mapping', mapping)).toEqual(report);
  expect(await lake.rows('SELECT * FROM product_core.product')).toContainEqual({
    id: 1,
    title: 'p1',
    price: 9.5,
  });
});

test.each<[string, string, string[]]>([
  [
    'nulls',
    "SELECT i AS id, CASE WHEN i > 0 THEN 'x' END AS title FROM range(3) t(i)",
    ['1 rows: "title" is null', '{"id":0}'],
  ],
  [
    'values of no such type',
    "SELECT 1 AS id, 'x' AS title, 'n/a' AS price",
    ['1 rows: "price" is no DECIMAL(8,2)', '{"id":1}'],
  ],
  [
    'keys that repeat',
    "SELECT i // 2 AS id, 'x' AS title FROM range(4) t(i)",
    ['4 rows: the key (id) occurs more than once', '{"id":0}, {"id":1}'],
  ],
  [
    'an unknown column',
    "SELECT 1 AS id, 'x' AS titel",
    ['no column "titel" (nearest: "title")', '"title" must not be null'],
  ],
  ['a column without a name', "SELECT 1 AS id, upper('x')", ['have no plain name']],
])('run_mapping writes nothing when the result has %s', async (_, sql, parts) => {
  const lake = await openTestLake();
  await lake.call('create_table', product);
  await lake.call('run_mapping', { target: product.table, sql: "SELECT 7 AS id, 'kept' AS title" });
  const text = await lake.failure('run_mapping', { target: product.table, sql });
  for (const part of parts) expect(text).toContain(part);
  expect(await lake.rows('SELECT title FROM product_core.product')).toEqual([{ title: 'kept' }]);
});

test('append adds under a key, refuses the same rows again, and refuses a table without a key', async () => {
  const lake = await openTestLake();
  await lake.call('create_table', product);
  const append = { target: product.table, sql: "SELECT 1 AS id, 'x' AS title", mode: 'append' };
  expect(await lake.call('run_mapping', append)).toMatchObject({ rows_written: 1, row_count: 1 });
  expect(await lake.failure('run_mapping', append)).toContain('the key (id) is already in the table');
  expect(await lake.failure('run_mapping', { ...append, target: 'product_core.free' })).toContain(
    'no primary key',
  );
});

test('a table that nobody declared takes the columns of the last SQL', async () => {
  const lake = await openTestLake();
  await lake.call('run_mapping', { target: 'mart.top', sql: 'SELECT 1 AS a', description: 'first' });
  await lake.call('run_mapping', { target: 'mart.top', sql: "SELECT 'x' AS b, 2.5::DOUBLE AS c" });
  expect(await lake.call('describe_table', { table: 'mart.top' })).toMatchObject({
    rows: 1,
    description: 'first',
    columns: [
      { name: 'b', type: 'VARCHAR' },
      { name: 'c', type: 'DOUBLE' },
    ],
  });
});

test('mistakes in names come back with the nearest', async () => {
  const lake = await openTestLake({ 'vendor/prices.csv': 'Artikel-Nr;Preis\n1;2\n' });
  await lake.call('create_table', {
    table: 'product_raw.shop',
    columns: [
      { name: 'artikel_nr', type: 'INT' },
      { name: 'price', type: 'INT' },
    ],
  });
  expect(await lake.failure('describe_table', { table: 'product_raw.shp' })).toContain(
    'did you mean product_raw.shop?',
  );
  expect(await lake.failure('inspect_file', { path: 'vendor/price.csv' })).toContain('"vendor/prices.csv"');
  expect(await lake.failure('preview_sql', { sql: 'SELECT artikelnr FROM product_raw.shop' })).toContain(
    'artikel_nr',
  );
  expect(await lake.failure('preview_sql', { sql: 'SELECT 1 FROM product_core.shop' })).toContain(
    'product_raw.shop',
  );
  const load = { path: 'vendor/prices.csv', table: 'product_raw.shop', vendor_name: 'v' };
  expect(await lake.failure('ingest', load)).toContain(
    'No source for "price". The file has: Artikel-Nr, Preis.',
  );
  expect(await lake.failure('ingest', { ...load, options: { columns: { price: 'Pries' } } })).toContain(
    'did you mean "Preis"?',
  );
  expect(await lake.failure('ingest', { ...load, options: { columns: { prise: 'Preis' } } })).toContain(
    'did you mean "price"?',
  );
  expect(await lake.call('ingest', { ...load, options: { columns: { price: 'Preis' } } })).toMatchObject({
    rows_loaded: 1,
  });
});

test('ingest fills bronze tables only', async () => {
  const lake = await openTestLake({ 'f.csv': 'id,title\n1,x\n' });
  await lake.call('create_table', product);
  const load = { path: 'f.csv', vendor_name: 'v' };
  expect(await lake.failure('ingest', { ...load, table: product.table })).toContain('not filled by ingest');
  expect(await lake.failure('ingest', { ...load, table: 'product_raw.ingest_errors' })).toContain(
    'not filled by ingest',
  );
});

test('a file without a header of another width is not loaded by guess', async () => {
  const lake = await openTestLake({ 'f.csv': '1;x;2\n2;y;3\n' });
  await lake.call('create_table', {
    table: 'product_raw.t',
    columns: [
      { name: 'a', type: 'INT' },
      { name: 'b', type: 'INT' },
    ],
  });
  const load = { path: 'f.csv', table: 'product_raw.t', vendor_name: 'v' };
  expect(await lake.failure('ingest', load)).toContain('no header and 3 columns; product_raw.t has 2');
  const columns = { a: 'column1', b: 'column3' };
  expect(await lake.call('ingest', { ...load, options: { columns } })).toMatchObject({
    rows_loaded: 2,
    unmapped_source_columns: ['column2'],
  });
});

test.each<[object, boolean, number | null]>([
  [{ metric: 'rowCount' }, true, 5],
  [{ metric: 'rowCount', mustBeBetween: [6, 9] }, false, 5],
  [{ metric: 'nullValues', column: 'b' }, false, 1],
  [{ metric: 'nullValues', column: 'b', unit: 'percent', mustBeLessOrEqualTo: 20 }, true, 20],
  [{ metric: 'missingValues', column: 'b', arguments: { missingValues: ['', 'n/a'] }, mustBe: 2 }, true, 2],
  [{ metric: 'duplicateValues', column: 'a' }, false, 2],
  [{ metric: 'duplicateValues', columns: ['a', 'b'] }, false, 1],
  [{ rule: 'invalidValues', column: 'b', arguments: { validValues: ['x', 'n/a'] } }, false, 1],
  [{ metric: 'invalidValues', column: 'b', arguments: { pattern: '^[a-z/]+$' } }, true, 0],
  [{ metric: 'invalidValues', column: 'a', arguments: { min: 1, max: 2 }, mustBeLessThan: 2 }, true, 1],
  [{ name: 'q', query: 'SELECT count(*) FROM {table} WHERE a > 1', mustBeGreaterThan: 1 }, true, 2],
  [{ query: 'SELECT a FROM {table}', mustBe: 0 }, false, null],
  [{ metric: 'nullValues', column: 'c' }, false, null],
  [{ metric: 'invalidValues', column: 'a' }, false, null],
  [{ name: 'nothing to check' }, false, null],
])('check_quality %j', async (rule, passed, value) => {
  const lake = await openTestLake();
  await lake.call('run_mapping', {
    target: 'mart.t',
    sql: "SELECT * FROM (VALUES (1, 'x'), (1, 'x'), (1, NULL), (2, 'n/a'), (3, 'zz')) AS v(a, b)",
  });
  const answer = await lake.call('check_quality', { table: 'mart.t', rules: [rule] });
  expect(answer).toMatchObject({ passed, rows: 5, results: [{ passed, value }] });
});
