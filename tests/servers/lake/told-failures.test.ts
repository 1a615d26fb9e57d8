import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { openTestLake, type Row, temporaryFolder } from './support/open-test-lake.ts';

// What a failure says: what is wrong, in words of what was asked and not of how it is done here, and what to do next.

const table = 'product_raw.t';
const columns = [
  { name: 'id', type: 'BIGINT' },
  { name: 'vendor', type: 'VARCHAR' },
];

/** Nothing of the machinery, and always a next step. */
function expectTold(said: string): void {
  expect(said).toContain('\nTry: ');
  expect(said).not.toMatch(/Unexpected:|LINE 1:|\$path|DESCRIBE|\bSET \w+|Stack Trace/);
}

async function lakeWithTable(files: Record<string, string | Uint8Array> = {}, settings = {}) {
  const lake = await openTestLake({ 'f.csv': 'id,vendor\n1,a\n', ...files }, settings);
  await lake.call('create_table', { table, columns });
  return lake;
}

test.each<[string, string, Row, string]>([
  [
    'a vendor with a NUL',
    'ingest',
    { path: 'f.csv', table, vendor_name: 'v\0x' },
    'has a NUL character (at 2)',
  ],
  [
    'a null value with a NUL',
    'ingest',
    { path: 'f.csv', table, vendor_name: 'v', options: { null_values: ['\0'] } },
    'has a NUL character (at 1)',
  ],
  [
    'a partition that the type has not',
    'evolve_table',
    { table, partitioned_by: ['day(vendor)'] },
    'this one can be partitioned by identity, bucket, truncate',
  ],
  [
    'a moment before the first snapshot',
    'preview_sql',
    { sql: `SELECT * FROM ${table} AT (TIMESTAMP => '1999-01-01')` },
    "ask for a later moment: the table's history lists",
  ],
])('%s is told with what to do', async (_, tool, input, words) => {
  const lake = await lakeWithTable();
  const said = await lake.failure(tool, input);
  expectTold(said);
  expect(said).toContain(words);
});

test('too little memory is told without the advice of DuckDB to SET what is refused', async () => {
  const lake = await lakeWithTable({}, { memory: '60MB' });
  const sql = `SELECT len(s) AS n FROM (SELECT list(i::VARCHAR || '${'x'.repeat(40)}') AS s FROM range(9000000) AS r(i)) WHERE len(s) > 3`;
  const said = await lake.failure('preview_sql', { sql });
  expectTold(said);
  expect(said).toContain('Out of Memory');
  expect(said).toContain('larger --memory');
});

async function parquet(): Promise<Buffer> {
  const path = join(temporaryFolder(), 'whole.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT i AS id, 'v' || i AS vendor FROM range(3000) AS t(i)) TO '${path}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  return readFileSync(path);
}

test.each<[string, (whole: Buffer) => Buffer]>([
  ['half of it', (whole) => whole.subarray(0, whole.length >> 1)],
  ['the other half', (whole) => Buffer.concat([Buffer.from('PAR1'), whole.subarray(whole.length >> 1)])],
  ['zeros in its middle', (whole) => Buffer.from(whole).fill(0, 40, 100)],
])('Parquet that is damaged (%s) is told, by inspect_file and ingest', async (_, damage) => {
  const lake = await lakeWithTable({ 'f.parquet': damage(await parquet()) });
  const load = { path: 'f.parquet', table, vendor_name: 'v' };
  for (const said of [
    await lake.text('inspect_file', { path: 'f.parquet' }),
    await lake.failure('ingest', load),
  ]) {
    expectTold(said);
    expect(said).toContain('not readable Parquet');
  }
  expect(await lake.rows(`SELECT count(*) AS n FROM ${table}`)).toEqual([{ n: 0 }]);
});

function canLimit(): boolean {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

test('a large CSV whose copies do not fit on the disk is told as every full disk is, and loaded when there is room', {
  timeout: 120_000,
}, async (context) => {
  context.skip(!canLimit(), 'there is no prlimit (util-linux) to limit the size of files with');
  const script = join(import.meta.dirname, 'fixtures/load-large-without-room.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, temporaryFolder()]);
  const { failed, rows, again } = JSON.parse(stdout) as { failed: string; rows: unknown; again: Row };
  expectTold(failed);
  expect(failed).toContain('There is no room on the disk');
  expect(failed).toContain('nothing was changed. Make room');
  expect(rows).toEqual([{ n: 0 }]);
  expect(again).toMatchObject({ rows_read: 100_001, rows_loaded: 100_000, rows_rejected: 1 });
});
