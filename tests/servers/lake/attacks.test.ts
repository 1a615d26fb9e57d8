import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTestLake, temporaryFolder } from './support/open-test-lake.ts';

const table = 'product_raw.t';
async function lakeWithTable(settings = {}) {
  const lake = await openTestLake({ 'f.csv': 'a,b\n1,x\n2,y\n' }, settings);
  await lake.call('create_table', {
    table,
    columns: [
      { name: 'a', type: 'INTEGER' },
      { name: 'b', type: 'VARCHAR' },
    ],
  });
  await lake.call('ingest', { path: 'f.csv', table, vendor_name: 'v' });
  return lake;
}

// Each is refused by preview_sql, by run_mapping and by a rule of check_quality, and nothing has happened afterwards.
const attacks: [string, string][] = [
  ["SELECT * FROM read_csv('/etc/passwd')", 'read_csv() is not allowed'],
  ["SELECT * FROM '/etc/passwd'", 'is no table of the lake'],
  ['SELECT * FROM "f.csv"', 'is no table of the lake'],
  ["SELECT * FROM read_text('/etc/passwd')", 'read_text() is not allowed'],
  ["SELECT * FROM glob('/*')", 'glob() is not allowed'],
  ["SELECT * FROM parquet_scan('f.parquet')", 'parquet_scan() is not allowed'],
  ["SELECT (SELECT count(*) FROM read_blob('/etc/passwd'))", 'read_blob() is not allowed'],
  [`SELECT * FROM ${table} WHERE a IN (SELECT 1 FROM read_csv('x'))`, 'read_csv() is not allowed'],
  [`SELECT * FROM ${table} JOIN read_json('x') ON true`, 'read_json() is not allowed'],
  ["WITH w AS (SELECT * FROM read_csv('x')) SELECT * FROM w", 'read_csv() is not allowed'],
  ["SELECT 1 UNION ALL SELECT * FROM read_csv('x')", 'read_csv() is not allowed'],
  [`SELECT * FROM ${table} ORDER BY (SELECT 1 FROM read_csv('x'))`, 'read_csv() is not allowed'],
  [`SELECT * FROM ${table} LIMIT (SELECT count(*) FROM read_csv('x'))`, 'read_csv() is not allowed'],
  ["SELECT * FROM query('DROP TABLE product_raw.t')", 'query() is not allowed'],
  ["SELECT * FROM query_table('product_raw.t')", 'query_table() is not allowed'],
  ['SELECT * FROM duckdb_settings()', 'duckdb_settings() is not allowed'],
  ['SELECT * FROM duckdb_secrets()', 'duckdb_secrets() is not allowed'],
  ["SELECT * FROM pragma_table_info('product_raw.t')", 'pragma_table_info() is not allowed'],
  ['SELECT * FROM pg_catalog.pg_tables', 'is no table of the lake'],
  ['SELECT * FROM information_schema.tables', 'is no table of the lake'],
  ['SELECT * FROM _lake.loads', 'is no table of the lake'],
  ['SELECT * FROM memory.product_raw.t', 'is no table of the lake'],
  ['SELECT * FROM sqlite_master', 'is no table of the lake'],
  [
    'SELECT * FROM (WITH pg_tables AS (SELECT 1) SELECT * FROM pg_tables), pg_tables',
    'is no table of the lake',
  ],
  ['DROP TABLE product_raw.t', 'Only SELECT is allowed'],
  ['DELETE FROM product_raw.t', 'Only SELECT is allowed'],
  ['INSERT INTO product_raw.t VALUES (1)', 'Only SELECT is allowed'],
  ['UPDATE product_raw.t SET a = 1 RETURNING a', 'Only SELECT is allowed'],
  ['WITH w AS (DELETE FROM product_raw.t RETURNING *) SELECT * FROM w', ''],
  ["COPY product_raw.t TO '/tmp/out.csv'", 'Only SELECT is allowed'],
  ["COPY (SELECT 1) TO '/tmp/out.csv'", 'Only SELECT is allowed'],
  ["ATTACH '/tmp/other.duckdb'", 'Only SELECT is allowed'],
  ['INSTALL httpfs', 'Only SELECT is allowed'],
  ['SET enable_external_access = true', 'Only SELECT is allowed'],
  ['PRAGMA database_list', 'Only SELECT is allowed'],
  ['CALL pragma_version()', 'Only SELECT is allowed'],
  ["EXPORT DATABASE '/tmp/x'", 'Only SELECT is allowed'],
  ['CREATE MACRO f() AS 1', 'Only SELECT is allowed'],
  ['SHOW TABLES', 'not allowed here'],
  ['DESCRIBE product_raw.t', 'not allowed here'],
  ['SUMMARIZE product_raw.t', 'not allowed here'],
  ['SELECT 1; DROP TABLE product_raw.t', ''],
  ['SELECT 1; SELECT 2', 'exactly one SELECT'],
  ['SELECT 1) ; DROP TABLE product_raw.t; SELECT (1', ''],
  ['SELECT 1 /* ', ''],
  ['', ''],
  ['SELEC 1', 'does not parse'],
  ["SELECT current_setting('allowed_directories')", 'is not allowed'],
  ["SELECT getenv('HOME')", 'is not allowed'],
  ['SELECT now()', 'is not allowed'],
  ['SELECT current_timestamp', 'is not allowed'],
  ['SELECT current_date', 'is not allowed'],
  ['SELECT random()', 'is not allowed'],
  ['SELECT uuid()', 'is not allowed'],
  [`SELECT a FROM ${table} ORDER BY random()`, 'is not allowed'],
  [`SELECT list_transform([1], x -> random())`, 'is not allowed'],
  [`SELECT * FROM ${table} USING SAMPLE 1`, 'SAMPLE'],
  [`SELECT * FROM ${table} TABLESAMPLE 10%`, 'SAMPLE'],
];

test.each(attacks)('refused: %s', async (sql, reason) => {
  const lake = await lakeWithTable();
  const texts = [
    await lake.failure('preview_sql', { sql }),
    await lake.failure('run_mapping', { target: 'product_core.x', sql }),
  ];
  for (const text of texts) expect(text).toContain(reason);
  const checked = await lake.call('check_quality', { table, rules: [{ query: sql, mustBe: 0 }] });
  expect(checked['passed']).toBe(false);
  expect(await lake.call('list_tables')).toMatchObject({
    tables: [{ table: 'product_raw.ingest_errors' }, { table, rows: 2 }],
  });
});

test.each([
  `SELECT a, b FROM ${table} -- with a comment`,
  `SELECT a FROM ${table};`,
  `WITH w AS (SELECT a FROM ${table}) SELECT * FROM w JOIN w AS v USING (a)`,
  `WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM r`,
  `SELECT unnest([1, 2]) AS x, i FROM range(3) AS t(i)`,
  `SELECT a, row_number() OVER (PARTITION BY b ORDER BY a) FROM ${table} QUALIFY row_number() OVER (ORDER BY a) = 1`,
  `FROM ${table} SELECT count(*) GROUP BY b HAVING count(*) > 0`,
  `SELECT * FROM (VALUES (1), (2)) AS v(x)`,
  `SELECT * FROM ${table}, LATERAL (SELECT a + 1 AS c) AS l`,
  `SELECT B FROM Product_Raw.T WHERE b LIKE 'x%' UNION SELECT 'z' EXCEPT SELECT 'y' ORDER BY 1 LIMIT 5`,
])('allowed: %s', async (sql) => {
  const lake = await lakeWithTable();
  expect((await lake.call('preview_sql', { sql }))['row_count']).toBeGreaterThan(0);
});

test.each([
  '../outside.csv',
  'sub/../../outside.csv',
  '/etc/passwd',
  'file:///etc/passwd',
  'link.csv',
  'linked/secret.csv',
  'a\0b',
  '.',
  '.env',
  'sub/.hidden/x.csv',
])('the path %s leads nowhere', async (path) => {
  const outside = temporaryFolder({ 'secret.csv': 'secret\n1\n' });
  const lake = await openTestLake({ 'f.csv': 'a\n1\n', '.env': 'secret\n' });
  mkdirSync(join(lake.folder, 'sub'));
  writeFileSync(join(lake.folder, '..', 'outside.csv.not'), '');
  symlinkSync(join(outside, 'secret.csv'), join(lake.folder, 'link.csv'));
  symlinkSync(outside, join(lake.folder, 'linked'));
  for (const tool of ['inspect_file', 'profile_file']) {
    const text = await lake.failure(tool, { path });
    expect(text).not.toContain('secret\n');
    expect(text).toMatch(/outside the folders|no file|not a file/);
    expect(text).not.toContain(lake.folder);
  }
  expect(await lake.call('list_files')).toMatchObject({ files: [{ path: 'f.csv' }] });
});

test.each([
  'product_raw.x',
  'main.x',
  'information_schema.x',
  'pg_catalog.x',
  '_lake.tables',
  'x',
  'a.b.c',
  'a."b',
])('run_mapping does not write to %s', async (target) => {
  const lake = await lakeWithTable();
  await lake.failure('run_mapping', { target, sql: 'SELECT 1 AS a' });
});

test('a statement that runs too long is interrupted', async () => {
  const lake = await lakeWithTable({ statementTimeoutMs: 300 });
  const sql = 'SELECT count(*) FROM range(1000000) a(x), range(1000000) b(y) WHERE x * y % 7 = 3';
  expect(await lake.failure('preview_sql', { sql })).toContain('interrupted after 300 ms');
  expect(await lake.rows(`SELECT count(*) AS n FROM ${table}`)).toEqual([{ n: 2 }]);
});

test('a statement that needs too much memory is told so, and the lake goes on', async () => {
  const lake = await lakeWithTable({ memory: '60MB' });
  const sql = 'SELECT max(l) FROM (SELECT list(x) AS l FROM range(30000000) t(x))';
  expect(await lake.failure('preview_sql', { sql })).toMatch(/memory/i);
  expect(await lake.rows(`SELECT count(*) AS n FROM ${table}`)).toEqual([{ n: 2 }]);
});

test('an answer holds no more rows and bytes than its limits', async () => {
  const lake = await openTestLake({}, { maxRows: 7 });
  expect(await lake.call('preview_sql', { sql: 'SELECT * FROM range(100)', limit: 50 })).toMatchObject({
    row_count: 100,
    truncated: true,
    rows: { length: 7 },
  });
  const long = await lake.text('preview_sql', { sql: "SELECT repeat('x', 1000000) AS x, range(10000) AS y" });
  expect(long.length).toBeLessThan(5000);
});
