import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { openLake } from '../../../src/servers/lake/lake.ts';
import { guardsTable } from './attacks/guards-table.ts';
import { grantAttacks, nameAttacks, pathAttacks } from './attacks/other-attacks.ts';
import { sqlAttacks } from './attacks/sql-attacks.ts';
import { openTestLake, type Row, temporaryFolder } from './support/open-test-lake.ts';

const table = 'product_raw.t';
const columns = [
  { name: 'a', type: 'INTEGER' },
  { name: 'b', type: 'VARCHAR' },
];

async function lakeWithTable(settings: Parameters<typeof openTestLake>[1] = {}) {
  const warehouse = settings.warehouse ?? temporaryFolder();
  const lake = await openTestLake({ 'f.csv': 'a,b\n1,x\n2,y\n' }, { ...settings, warehouse });
  await lake.call('create_table', { table, columns });
  await lake.call('ingest', { path: 'f.csv', table, vendor_name: 'v' });
  return { ...lake, warehouse };
}

/** All files of a folder but what is there for a moment: locks and logs of SQLite, and what DuckDB spills. */
function filesOf(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => !/-(wal|shm|journal)$|^\.scratch/.test(file)).sort();
}

test.each(sqlAttacks)('$id: $tried', async ({ tried, sees }) => {
  const lake = await lakeWithTable();
  const before = filesOf(lake.warehouse);
  const sql = tried.replaceAll('WAREHOUSE', lake.warehouse);
  const texts = [
    await lake.failure('preview_sql', { sql }),
    await lake.failure('run_mapping', { target: 'product_core.x', sql }),
  ];
  if (sql !== '') {
    const checked = await lake.call('check_quality', { table, rules: [{ query: sql, mustBe: 1 }] });
    texts.push(String((checked['results'] as Row[])[0]?.['error']));
  }
  for (const text of texts) expect(text).toContain(sees.replaceAll('WAREHOUSE', lake.warehouse));
  for (const text of texts) expect(text).not.toContain('root:');
  expect(filesOf(lake.warehouse)).toEqual(before);
  expect(existsSync('/tmp/lake-attack.csv') || existsSync('/tmp/lake-attack.duckdb')).toBe(false);
  expect(await lake.rows(`SELECT a, b FROM ${table} ORDER BY a`)).toEqual([
    { a: 1, b: 'x' },
    { a: 2, b: 'y' },
  ]);
});

test('every table function that the installed DuckDB has is refused, but for five', async () => {
  const lake = await lakeWithTable();
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const found = await connection.runAndReadAll(
    "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type IN ('table', 'table_macro', 'pragma')",
  );
  const names = found.getRows().map(([name]) => String(name));
  connection.closeSync();
  instance.closeSync();
  expect(names.length).toBeGreaterThan(100);
  const harmless = ['generate_series', 'json_each', 'json_tree', 'range', 'unnest'];
  for (const name of names.filter((candidate) => !harmless.includes(candidate))) {
    expect(await lake.failure('preview_sql', { sql: `SELECT * FROM "${name}"('x')` })).toContain(
      'is not allowed',
    );
  }
});

test.each([
  `SELECT a, upper(b) AS b FROM ${table};`,
  `WITH w AS (SELECT * FROM ${table}) SELECT count(*) AS n FROM w JOIN ${table} AS o USING (a)`,
  `WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM r`,
  `WITH r AS MATERIALIZED (SELECT 1 AS n) SELECT * FROM r`,
  `SELECT unnest([1, 2]) AS x, i FROM range(3) AS t(i)`,
  `SELECT a, row_number() OVER (PARTITION BY b ORDER BY a) FROM ${table} QUALIFY row_number() OVER (ORDER BY a) = 1`,
  `FROM ${table} SELECT count(*) GROUP BY b HAVING count(*) > 0`,
  `SELECT * FROM (VALUES (1), (2)) AS v(x)`,
  `SELECT * FROM ${table}, LATERAL (SELECT a + 1 AS c) AS l`,
  `SELECT B FROM Product_Raw.T WHERE b LIKE 'x%' UNION SELECT 'z' EXCEPT SELECT 'y' ORDER BY 1 LIMIT 5`,
  `SELECT * EXCLUDE (a), COLUMNS('^a$'), #1 FROM ${table} LIMIT 50%`,
  `SELECT DISTINCT ON (b) b COLLATE NOCASE, CASE a WHEN 1 THEN 'x' ELSE 'y' END, a IN (1, 2), a BETWEEN 1 AND 2, NOT a IS NULL FROM ${table}`,
  `SELECT list_transform([1, 2], x -> x + 1), [x FOR x IN [1, 2] IF x > 1], {'k': 1}.k, [1, 2][1:2], MAP {'a': 1}['a'], '{"a":1}'::JSON ->> 'a'`,
  `SELECT sum(a) FILTER (WHERE a > 1), string_agg(b, ',' ORDER BY a), quantile_cont(a, 0.5), max(max(a)) OVER w FROM ${table} WINDOW w AS ()`,
  `SELECT b, sum(a) FROM ${table} GROUP BY GROUPING SETS ((b), ())`,
  `SELECT * FROM ${table} PIVOT (sum(a) FOR b IN ('x', 'y'))`,
  `SELECT * FROM (SELECT a, a + 1 AS c FROM ${table}) UNPIVOT (v FOR n IN (a, c))`,
  `SELECT DATE '2024-01-31' + INTERVAL 1 MONTH, strptime('31.01.2024', '%d.%m.%Y')::DATE, date_diff('day', DATE '2024-01-01', DATE '2024-02-01'), age(DATE '2024-01-01', DATE '2023-01-01'), try_cast('x' AS INTEGER), coalesce(NULL, 1), nullif(1, 2), ifnull(NULL, 2), if(true, 1, 2)`,
  `SELECT regexp_extract('a1', '[0-9]'), 'a' SIMILAR TO 'a', 'a' || 'b', 'a' ILIKE 'A%' ESCAPE '!', printf('%05d', 7), format('{:.2f}', 1.5), repeat('-', 10), lpad('7', 3, '0'), split_part('a;b', ';', 2), trim('  a '), md5('a'), hash('a')`,
  `SELECT key, value FROM json_each('{"a": 1}')`,
  `SELECT * FROM ${table} x LEFT JOIN ${table} y USING (a) ASOF JOIN ${table} z ON x.a >= z.a SEMI JOIN ${table} q ON q.a = x.a`,
  `SELECT (SELECT max(a) FROM ${table} AS i WHERE i.b = o.b), EXISTS (FROM ${table}), a = ANY (SELECT 1) FROM ${table} AS o ORDER BY ALL`,
  `SELECT a FROM ${table} AT (TIMESTAMP => '2100-01-01')`,
])('allowed: %s', async (sql) => {
  const lake = await lakeWithTable();
  expect((await lake.call('preview_sql', { sql }))['row_count']).toBeGreaterThan(0);
});

test.each(pathAttacks)('$id: $tried', async ({ tried, sees }) => {
  const outside = temporaryFolder({ 'secret.csv': 'secret\n1\n' });
  const lake = await openTestLake({ 'f.csv': 'a\n1\n', '.env': 'secret\n' });
  await lake.call('create_table', { table, columns: [{ name: 'a', type: 'INTEGER' }] });
  mkdirSync(join(lake.folder, 'sub'));
  writeFileSync(join(lake.folder, 'sub/g.csv'), 'a\n');
  symlinkSync(join(outside, 'secret.csv'), join(lake.folder, 'link.csv'));
  symlinkSync(outside, join(lake.folder, 'linked'));
  const inputs: [string, Row][] = [
    ['inspect_file', { path: tried }],
    ['profile_file', { path: tried }],
    ['ingest', { path: tried, table, vendor_name: 'v' }],
  ];
  for (const [tool, input] of inputs) {
    const text = await lake.failure(tool, input);
    expect(text).toContain(sees);
    expect(text).not.toContain('secret\n');
    expect(text).not.toContain(lake.folder);
  }
  expect((await lake.call('list_files'))['files']).toMatchObject([{ path: 'f.csv' }, { path: 'sub/g.csv' }]);
  expect(await lake.rows(`SELECT a FROM ${table}`)).toEqual([]);
});

test.each(nameAttacks)('$id: $tried', async ({ tried, sees }) => {
  const lake = await lakeWithTable();
  expect(await lake.failure('run_mapping', { target: tried, sql: 'SELECT 1 AS a' })).toContain(sees);
  expect(await lake.failure('create_table', { table: tried, columns })).toContain(sees);
  expect(((await lake.call('list_tables'))['tables'] as Row[]).map((known) => known['table'])).toEqual([
    'product_raw.ingest_errors',
    table,
  ]);
});

test.each(grantAttacks)('$id: $tried', async ({ tried, sees }) => {
  const { lake } = await grantedLake();
  const [, tool = '', input = ''] = /^(\w+) (.*)$/.exec(tried) ?? [];
  const given = JSON.parse(input) as Row;
  const text = await lake.failure(tool, given);
  expect(text).toContain(sees);
  // The name that was asked for may be repeated, and nothing else of the schema is said.
  expect(text.replaceAll(/secret\.(pricess?|nothing|other)/g, '')).not.toContain('secret');
});

test('a lake with grants shows, reads and writes what it is granted', async () => {
  const { lake, open } = await grantedLake();
  const shown = ((await lake.call('list_tables'))['tables'] as Row[]).map((known) => known['table']);
  expect(shown).toEqual(['core_raw.t', 'product_raw.ingest_errors', table]);
  expect(await lake.rows(`SELECT a FROM ${table} ORDER BY a`)).toEqual([{ a: 1 }, { a: 2 }]);
  const rules = [
    { query: `SELECT (SELECT count(*) FROM {table}) - (SELECT count(*) FROM ${table})`, mustBe: 0 },
  ];
  await lake.call('run_mapping', { target: 'product_core.x', sql: `SELECT a FROM ${table}`, rules });
  expect(await lake.rows('SELECT count(*) AS n FROM product_core.x')).toEqual([{ n: 2 }]);
  expect(await open.rows('SELECT count(*) AS n FROM secret.prices')).toEqual([{ n: 1 }]);
});

test('diff_schema learns nothing from the values of a table that is not granted', async () => {
  const { lake } = await grantedLake();
  const expected = { columns: [{ name: 'a', type: 'INTEGER' }] };
  const alone = await lake.text('diff_schema', { path: 'f.csv', expected });
  expect(await lake.text('diff_schema', { path: 'f.csv', expected, table: 'secret.prices' })).toBe(alone);
});

test.each([
  ['below a folder that is read', (folder: string) => ({ roots: [folder], warehouse: `${folder}/lake` })],
  ['above it', (folder: string) => ({ roots: [`${folder}/secret`], warehouse: folder })],
])('grants do not go with a warehouse %s: its files could be read as feeds', async (_, places) => {
  const folder = temporaryFolder({ 'secret/x.csv': 'a\n1\n', 'lake/x.csv': '' });
  const settings = { memory: '1GB', threads: 1, maxRows: 1, statementTimeoutMs: 1000, ...places(folder) };
  await expect(openLake({ ...settings, grants: { read: ['a.*'] } })).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('--grant-read'),
  });
  await (await openLake(settings)).store.close();
});

test('a hidden warehouse below a folder that is read goes with grants: hidden files are no feeds', async () => {
  const folder = temporaryFolder({ 'f.csv': 'a\n1\n' });
  const settings = { memory: '1GB', threads: 1, maxRows: 1, statementTimeoutMs: 1000 };
  const places = { roots: [folder], warehouse: `${folder}/.aiworkflow/lake` };
  await (await openLake({ ...settings, ...places, grants: { read: ['a.*'] } })).store.close();
});

async function grantedLake() {
  const open = await lakeWithTable();
  await open.call('run_mapping', { target: 'secret.prices', sql: 'SELECT 7 AS a' });
  await open.call('create_table', { table: 'core_raw.t', columns });
  const grants = { read: ['product_raw.*'], write: ['product_core.*', 'core_raw.*'] };
  const lake = await openTestLake({ 'f.csv': 'a,b\n1,x\n' }, { warehouse: open.warehouse, grants });
  return { lake, open };
}

test('docs/lake-guards.md lists every attack that is tested, and no other', () => {
  const file = join(import.meta.dirname, '../../../docs/lake-guards.md');
  const [before = '', , after = ''] = readFileSync(file, 'utf8').split(
    /<!-- attacks -->|<!-- end of attacks -->/,
  );
  const fresh = `${before}<!-- attacks -->\n${guardsTable()}\n<!-- end of attacks -->${after}`;
  if (process.env['UPDATE_DOCS']) writeFileSync(file, fresh);
  expect(readFileSync(file, 'utf8')).toBe(fresh);
});
