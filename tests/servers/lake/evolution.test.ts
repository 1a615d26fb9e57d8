import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  appendRows,
  changeSchema,
  createTable,
  openWarehouse,
  tableName,
} from '../../../src/servers/lake/iceberg/index.ts';
import { engineOfTest } from './iceberg/support/duckdb-engine.ts';
import { openTestLake, type Row, temporaryFolder } from './support/open-test-lake.ts';

const table = 'product_raw.t';
const column = (name: string, type: string) => ({ name, type });

async function lakeAndFolder(files: Record<string, string> = {}) {
  const warehouse = join(temporaryFolder(), 'lake');
  const lake = await openTestLake(files, { warehouse });
  const columnsOf = async (of: string) =>
    ((await lake.call('describe_table', { table: of }))['columns'] as Row[]).map((row) => [
      row['name'],
      row['type'],
      row['nullable'],
    ]);
  return { ...lake, warehouse, columnsOf };
}

const allTypes = [
  'VARCHAR',
  'BOOLEAN',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'DOUBLE',
  'DECIMAL(38,10)',
  'DATE',
  'TIMESTAMP',
  'TIME',
  'JSON',
  'VARCHAR[]',
  'DECIMAL(8,2)[]',
  'SMALLINT[]',
];

test('every type that a column may have is described as it was declared, and used as it', async () => {
  const { call, columnsOf, rows } = await lakeAndFolder();
  const columns = allTypes.map((type, index) => column(`c${index}`, type));
  await call('create_table', { table: 'core.all', columns });
  await call('create_table', { table: 'core.all', columns });
  expect(await columnsOf('core.all')).toEqual(columns.map(({ name, type }) => [name, type, true]));
  await call('run_mapping', {
    target: 'core.all',
    sql: `SELECT 'x' AS c0, true AS c1, 7 AS c2, 1 AS c3, 9007199254740993 AS c4, 0.5 AS c5, 1.0000000001 AS c6, '2026-01-31' AS c7,
      '2026-01-31 10:00:00.123456' AS c8, '23:59:59' AS c9, '{"a": [1]}' AS c10, ['a', NULL] AS c11, [1.5] AS c12, [3] AS c13`,
  });
  expect(
    await rows('SELECT * EXCLUDE c10, c10.a[0] AS c10, typeof(c2) AS t2, typeof(c10) AS t10 FROM core.all'),
  ).toEqual([
    {
      ...{ c0: 'x', c1: true, c2: 7, c3: 1, c4: '9007199254740993', c5: 0.5, c6: 1.0000000001 },
      ...{ c7: '2026-01-31', c8: '2026-01-31 10:00:00.123456', c9: '23:59:59', c10: '1' },
      ...{ c11: ['a', null], c12: ['1.50'], c13: [3], t2: 'SMALLINT', t10: 'JSON' },
    },
  ]);
});

test.each<[string, string, unknown]>([
  ['sum(i::INTEGER)', 'DECIMAL(38,0)', 3],
  ['count(*)::UTINYINT', 'INTEGER', 3],
  ["max('x'::ENUM('x'))", 'VARCHAR', 'x'],
  ["struct_pack(a := max(i), b := ['z'])", 'STRUCT("a" BIGINT, "b" VARCHAR[])', { a: '2', b: ['z'] }],
  ["map(['k'], [max(i)::FLOAT])", 'MAP(VARCHAR, FLOAT)', [{ key: 'k', value: 2 }]],
  ["max(TIMESTAMPTZ '2026-01-01 10:00:00+02')", 'TIMESTAMP WITH TIME ZONE', '2026-01-01 08:00:00+00'],
  ['to_json(max(i))', 'JSON', '2'],
  ['max(i)::SMALLINT', 'SMALLINT', 2],
])('a table that nobody declared keeps %s as %s', async (sql, type, value) => {
  const { call, columnsOf, rows } = await lakeAndFolder();
  await call('run_mapping', { target: 'mart.m', sql: `SELECT ${sql} AS v FROM range(3) AS t(i)` });
  expect(await columnsOf('mart.m')).toEqual([['v', type, true]]);
  expect(await rows('SELECT v FROM mart.m')).toEqual([{ v: value }]);
});

test('a type that no table keeps is refused by name', async () => {
  const { failure } = await lakeAndFolder();
  const sql = 'SELECT INTERVAL 1 DAY AS age';
  expect(await failure('run_mapping', { target: 'mart.m', sql })).toContain(
    '"age" is of the type INTERVAL, which a table cannot keep',
  );
});

test('columns of an undeclared table come, go, move and change their type with the SQL', async () => {
  const { call, columnsOf, rows } = await lakeAndFolder();
  const map = (sql: string) => call('run_mapping', { target: 'mart.m', sql });
  await map("SELECT 1 AS a, 'x' AS b, true AS c");
  await map("SELECT '2' AS a, true AS c, 3 AS d");
  expect(await columnsOf('mart.m')).toEqual([
    ['a', 'VARCHAR', true],
    ['c', 'BOOLEAN', true],
    ['d', 'INTEGER', true],
  ]);
  await map('SELECT 4 AS d, false AS c');
  expect(await rows('SELECT * FROM mart.m')).toEqual([{ d: 4, c: false }]);
  await map("SELECT '5' AS d");
  expect(await rows('SELECT * FROM mart.m')).toEqual([{ d: '5' }]);
  const [, , before] = (await call('table_history', { table: 'mart.m' }))['snapshots'] as Row[];
  expect(await rows(`SELECT * FROM mart.m AT (VERSION => ${before?.['snapshot']})`)).toEqual([
    { a: '2', c: true, d: 3 },
  ]);
});

test('new columns come with their rows or not at all', async () => {
  const { call, failure, columnsOf, rows } = await lakeAndFolder();
  await call('run_mapping', { target: 'mart.m', sql: 'SELECT 1 AS a' });
  const tooLong = 'SELECT 170141183460469231731687303715884105727::HUGEINT AS b';
  expect(await failure('run_mapping', { target: 'mart.m', sql: tooLong })).toContain('DECIMAL(38,0)');
  expect(await columnsOf('mart.m')).toEqual([['a', 'INTEGER', true]]);
  expect(await rows('SELECT * FROM mart.m')).toEqual([{ a: 1 }]);
});

test('evolve_table changes columns; rows that were there are read with them, and the next load fills them', async () => {
  const { call, columnsOf, rows } = await lakeAndFolder({
    'f.csv': 'sku,n,x\na,1,2\n',
    'g.csv': 'id,n,colour\nb,40000,red\n',
  });
  const load = (path: string) => call('ingest', { path, table, vendor_name: 'v', options: { header: true } });
  await call('create_table', {
    table,
    columns: [
      { name: 'sku', type: 'VARCHAR', nullable: false },
      column('n', 'SMALLINT'),
      column('x', 'INTEGER'),
    ],
  });
  await load('f.csv');
  const changes = [
    { change: 'rename', column: 'sku', to: 'id' },
    { change: 'make_optional', column: 'sku' },
    { change: 'widen', column: 'n', type: 'INTEGER' },
    { change: 'drop', column: 'x' },
    { change: 'add', column: 'colour', type: 'varchar', description: 'as the vendor says it', after: null },
    { change: 'add', column: 'size', type: 'SMALLINT' },
    { change: 'move', column: 'n', after: 'colour' },
    { change: 'describe', column: 'id', description: 'of the vendor' },
  ];
  const ordered = [changes[1], changes[0], ...changes.slice(2)];
  const evolved = await call('evolve_table', { table, changes: ordered, partitioned_by: ['truncate(2,id)'] });
  expect(evolved).toMatchObject({ partitioned_by: ['truncate(2, id)'] });
  expect(await columnsOf(table)).toEqual([
    ['colour', 'VARCHAR', true],
    ['n', 'INTEGER', true],
    ['id', 'VARCHAR', true],
    ['size', 'SMALLINT', true],
  ]);
  const columns = { size: null };
  await call('ingest', { path: 'g.csv', table, vendor_name: 'v', options: { header: true, columns } });
  expect(await rows(`SELECT id, n, colour, size, _source_file FROM ${table} ORDER BY id`)).toEqual([
    { id: 'a', n: 1, colour: null, size: null, _source_file: 'f.csv' },
    { id: 'b', n: 40000, colour: 'red', size: null, _source_file: 'g.csv' },
  ]);
});

test.each<[string, object, string]>([
  ['an audit column', { changes: [{ change: 'drop', column: '_source_file' }] }, 'audit column'],
  [
    'a name of an audit column',
    { changes: [{ change: 'rename', column: 'a', to: '_load_id' }] },
    'starting with a letter',
  ],
  ['a column that is not there', { changes: [{ change: 'drop', column: 'aa' }] }, 'did you mean "a"?'],
  [
    'a narrower type',
    { changes: [{ change: 'widen', column: 'a', type: 'SMALLINT' }] },
    'cannot become SMALLINT',
  ],
  ['another type', { changes: [{ change: 'widen', column: 'a', type: 'VARCHAR' }] }, 'cannot become'],
  ['a column of the key', { changes: [{ change: 'drop', column: 'k' }] }, 'cannot be dropped'],
  ['a key that may be null', { changes: [{ change: 'make_optional', column: 'k' }] }, 'tells the table'],
  ['a name twice', { changes: [{ change: 'add', column: 'a', type: 'INT' }] }, 'two columns named "a"'],
  ['a partition that is none', { partitioned_by: ['week(a)'] }, 'which is no partition'],
  ['a partition of a type that has none', { partitioned_by: ['day(a)'] }, 'cannot be partitioned by day'],
  ['nothing', {}, 'Nothing to change'],
  [
    'half of it',
    {
      changes: [
        { change: 'add', column: 'b', type: 'INT' },
        { change: 'drop', column: 'k' },
      ],
    },
    'cannot be dropped',
  ],
])('evolve_table refuses %s, and nothing is changed', async (_, change, message) => {
  const { call, failure, columnsOf } = await lakeAndFolder();
  await call('create_table', {
    table,
    columns: [column('k', 'INTEGER'), column('a', 'INTEGER')],
    primary_key: ['k'],
  });
  const before = await columnsOf(table);
  expect(await failure('evolve_table', { table, ...change })).toContain(message);
  expect(await columnsOf(table)).toEqual(before);
});

test('partitions by hidden values are described as they were asked for, and rows are found through them', async () => {
  const { call, rows, failure } = await lakeAndFolder({
    'f.csv': `ts,sku\n${Array.from({ length: 40 }, (_, index) => `2026-01-${String((index % 20) + 1).padStart(2, '0')} 10:00:00,S${index}`).join('\n')}\n`,
  });
  const columns = [column('ts', 'TIMESTAMP'), column('sku', 'VARCHAR')];
  const partitioned_by = ['_vendor_name', 'month(ts)', 'bucket(4, sku)'];
  const made = await call('create_table', { table, columns, partitioned_by });
  expect(made).toMatchObject({ created: true, partitioned_by });
  expect(
    await call('create_table', {
      table,
      columns,
      partitioned_by: ['_vendor_name', 'MONTH( ts )', 'bucket(4,sku)'],
    }),
  ).toMatchObject({ created: false });
  expect(await failure('create_table', { table, columns })).toContain('its partitioned_by is (_vendor_name');
  await call('ingest', { path: 'f.csv', table, vendor_name: 'v/1 ü', options: { delimiter: ',' } });
  expect(await rows(`SELECT ts, _vendor_name AS v FROM ${table} WHERE sku = 'S7'`)).toEqual([
    { ts: '2026-01-08 10:00:00', v: 'v/1 ü' },
  ]);
  expect(await rows(`SELECT count(*) AS n FROM ${table} WHERE ts < '2026-01-03'`)).toEqual([{ n: 4 }]);
});

test('what another engine does to the tables is seen by the next call', async () => {
  const { warehouse: folder, call, rows, columnsOf } = await lakeAndFolder();
  const warehouse = openWarehouse({ folder, engine: await engineOfTest() });
  onTestFinished(() => warehouse.close());
  const other = tableName('shop.orders');
  await createTable(warehouse, { table: other, columns: [{ name: 'Total', type: 'float' }] });
  expect(await rows('SELECT * FROM shop.orders')).toEqual([]);
  await appendRows(warehouse, { table: other, select: 'SELECT 1.5 AS "Total"' });
  expect(await rows('SELECT * FROM shop.orders')).toEqual([{ Total: 1.5 }]);
  await changeSchema(warehouse, {
    table: other,
    changes: [{ change: 'rename', column: 'Total', to: 'sum' }],
  });
  expect(await rows('SELECT sum FROM shop.orders')).toEqual([{ sum: 1.5 }]);
  expect(await columnsOf('shop.orders')).toEqual([['sum', 'FLOAT', true]]);
  expect(await call('list_tables')).toMatchObject({
    tables: [{ table: 'product_raw.ingest_errors' }, { table: 'shop.orders', rows: 1 }],
  });
});

test('mappings of one table at once: each is whole, the last one stands', async () => {
  const { call, rows } = await lakeAndFolder();
  await call('create_table', {
    table: 'core.p',
    columns: [column('id', 'INT'), column('writer', 'INT')],
    primary_key: ['id'],
  });
  const sql = (by: number) => `SELECT i AS id, ${by} AS writer FROM range(50) AS t(i)`;
  await Promise.all([1, 2, 3].map((by) => call('run_mapping', { target: 'core.p', sql: sql(by) })));
  expect(await rows('SELECT count(*) AS n, count(DISTINCT writer) AS writers FROM core.p')).toEqual([
    { n: 50, writers: 1 },
  ]);
});

test('columns, partitions and what is said of a table change in one version, or not at all', async () => {
  const { call, failure, columnsOf, warehouse } = await lakeAndFolder();
  await call('create_table', { table: 'core.t', columns: [column('a', 'SMALLINT'), column('b', 'VARCHAR')] });
  const versions = () =>
    readdirSync(warehouse, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /core.*\bt\b.*metadata\.json$/.test(path),
    ).length;
  const before = versions();
  expect(before).toBeGreaterThan(0);
  const changes = [
    { change: 'add', column: 'c', type: 'SMALLINT' },
    { change: 'rename', column: 'c', to: 'd' },
    { change: 'widen', column: 'a', type: 'INTEGER' },
    { change: 'rename', column: 'a', to: 'e' },
  ];
  const more = { description: 'changed', contract: 'c@1.0.0' };
  await failure('evolve_table', { table: 'core.t', changes, ...more, partitioned_by: ['nothing'] });
  expect(await columnsOf('core.t')).toEqual([
    ['a', 'SMALLINT', true],
    ['b', 'VARCHAR', true],
  ]);
  expect((await call('describe_table', { table: 'core.t' }))['description']).toBeUndefined();
  expect(versions()).toBe(before);

  await call('evolve_table', { table: 'core.t', changes, ...more, partitioned_by: ['b'] });
  expect(await columnsOf('core.t')).toEqual([
    ['e', 'INTEGER', true],
    ['b', 'VARCHAR', true],
    ['d', 'SMALLINT', true],
  ]);
  expect(versions()).toBe(before + 1);
});
