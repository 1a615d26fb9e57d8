import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { openTestLake } from './support/open-test-lake.ts';

const column = (name: string, type: string) => ({ name, type });
const load = (path: string) => ({ path, table: 'product_raw.t', vendor_name: 'v' });

test('doubles that are no numbers cost their own rows of a Parquet file only', async () => {
  const lake = await openTestLake();
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT * FROM (VALUES (1, 'NaN'::DOUBLE, 'NaN', {'w': '-inf'::DOUBLE}), (2, 1.5, 'say "NaN"', {'w': 2.0}), (3, 'inf'::DOUBLE, 'x', NULL)) t(i, d, s, n))
     TO '${join(lake.folder, 'p.parquet')}'`,
  );
  connection.closeSync();
  instance.closeSync();
  await lake.call('create_table', {
    table: 'product_raw.t',
    columns: [column('i', 'INTEGER'), column('d', 'DOUBLE'), column('s', 'VARCHAR')],
  });
  expect(await lake.call('ingest', load('p.parquet'))).toMatchObject({
    rows_read: 3,
    rows_loaded: 1,
    rejects_by_reason: [{ reason: 'invalid_number', column: 'd', rows: 2 }],
    sample_rejects: [{ raw_row: '{"i":1,"d":"NaN","s":"NaN","n":{"w":"-Infinity"}}' }, {}],
  });
  expect(await lake.rows('SELECT i, d, s FROM product_raw.t')).toEqual([{ i: 2, d: 1.5, s: 'say "NaN"' }]);
});

test.each([
  ['CSV', 'f.csv', 'a,b,c\nx\0y,1,n\nz,2,n\nw,3,\0\n'],
  ['NDJSON', 'f.ndjson', '{"a":"x\\u0000y","b":1}\n{"a":"z","b":2}\n{"a":"w","b":3}\n'],
])('a zero byte in a value of %s is no other letter', async (_, path, content) => {
  const lake = await openTestLake({ [path]: content });
  await lake.call('create_table', {
    table: 'product_raw.t',
    columns: [column('a', 'VARCHAR'), column('b', 'INTEGER')],
  });
  // One in a column that is not loaded does no harm.
  expect(await lake.call('ingest', load(path))).toMatchObject({
    rows_read: 3,
    rows_loaded: 2,
    rejects_by_reason: [{ reason: 'zero_byte', rows: 1 }],
  });
  expect(await lake.rows('SELECT a FROM product_raw.t ORDER BY b')).toEqual([{ a: 'z' }, { a: 'w' }]);
});

test('a raw row that is kept cut says so at its end', async () => {
  const short = `${'x'.repeat(1000)},no`;
  const lake = await openTestLake({ 'f.csv': `a,b\n${'x'.repeat(100_000)},no\n${short}\n` });
  await lake.call('create_table', {
    table: 'product_raw.t',
    columns: [column('a', 'VARCHAR'), column('b', 'INTEGER')],
  });
  await lake.call('ingest', load('f.csv'));
  expect(
    await lake.rows('SELECT right(raw_row, 40) AS ending FROM product_raw.ingest_errors ORDER BY line'),
  ).toEqual([
    { ending: `${'x'.repeat(5)}… [cut: 100003 characters in the file]`.slice(-40) },
    { ending: short.slice(-40) },
  ]);
});

test.each([
  ['1e400', 'Infinity'],
  ['-1e400', '-Infinity'],
  ["'inf'::FLOAT", 'Infinity'],
  ["'NaN'::DOUBLE", 'NaN'],
  ["['nan'::DOUBLE, 1.5]", ['NaN', 1.5]],
  ["{'w': '-inf'::DOUBLE}", { w: '-Infinity' }],
  ['\'"value":Infinity,\'', '"value":Infinity,'],
])('%s is answered as a text where it is no number', async (sql, value) => {
  const lake = await openTestLake();
  expect(await lake.rows(`SELECT ${sql} AS v`)).toEqual([{ v: value }]);
});
