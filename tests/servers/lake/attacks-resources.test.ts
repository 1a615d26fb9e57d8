import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, onTestFinished, test } from 'vitest';
import { answerAttacks, deafAttacks, runningAttacks, sizeAttacks } from './attacks/resource-attacks.ts';
import { openTestLake, temporaryFolder, testLakeOver } from './support/open-test-lake.ts';

const table = 'product_raw.t';

async function lakeWithTable(settings: Parameters<typeof openTestLake>[1] = {}) {
  const lake = await openTestLake({ 'f.csv': 'a\n1\n2\n' }, settings);
  await lake.call('create_table', { table, columns: [{ name: 'a', type: 'INTEGER' }] });
  await lake.call('ingest', { path: 'f.csv', table, vendor_name: 'v' });
  return lake;
}

test.each(sizeAttacks)('$id', { timeout: 30_000 }, async ({ tried, sees }) => {
  const lake = await lakeWithTable({ statementTimeoutMs: 5000 });
  expect(await lake.failure('preview_sql', { sql: tried })).toContain(sees);
  expect(await lake.failure('run_mapping', { target: 'product_core.x', sql: tried })).toContain(sees);
  expect(await lake.rows(`SELECT count(*) AS n FROM ${table}`)).toEqual([{ n: 2 }]);
});

test.each(runningAttacks)('$id: $tried', { timeout: 60_000 }, async ({ id, tried, sees }) => {
  const isTimed = id.startsWith('time');
  const lake = await lakeWithTable({
    memory: '150MB',
    maxSpill: isTimed ? '1GB' : '1MB',
    statementTimeoutMs: isTimed ? 500 : 30_000,
    hardStopMs: 20_000,
  });
  expect(await lake.failure('preview_sql', { sql: tried })).toContain(sees);
  expect(await lake.failure('run_mapping', { target: 'product_core.x', sql: tried })).toContain(sees);
  expect(await lake.rows(`SELECT count(*) AS n FROM ${table}`)).toEqual([{ n: 2 }]);
});

test.each(answerAttacks)('$id: $sees', { timeout: 30_000 }, async ({ tried, sees }) => {
  const lake = await lakeWithTable({ maxRows: 7, maxAnswerBytes: 20_000 });
  const text = await lake.text('preview_sql', { sql: tried, limit: 50 });
  const { rows } = JSON.parse(text) as { rows: object[] };
  expect(Buffer.byteLength(JSON.stringify(rows))).toBeLessThan(60_000);
  expect(rows.length).toBeLessThanOrEqual(7);
  if (sees.startsWith('rows')) expect(rows).toHaveLength(Number(sees.split(' ')[1]));
});

test('a table of more files than --max-files is not read', { timeout: 30_000 }, async () => {
  const lake = await lakeWithTable({ maxFiles: 3 });
  for (const value of [3, 4, 5]) {
    lake.write(`g${value}.csv`, `a\n${value}\n`);
    await lake.call('ingest', { path: `g${value}.csv`, table, vendor_name: 'v' });
  }
  expect(await lake.failure('preview_sql', { sql: `SELECT sum(a) FROM ${table}` })).toContain(
    `would read 4 files of ${table}; 3 may be`,
  );
  // Files without a wanted row are not read, and do not count.
  expect(await lake.rows(`SELECT a FROM ${table} WHERE a > 3 ORDER BY a`)).toEqual([{ a: 4 }, { a: 5 }]);
});

test.each(deafAttacks)('$id: $tried', { timeout: 60_000 }, async ({ tried, sees }) => {
  const folder = temporaryFolder({ 'f.csv': 'a\n1\n2\n' });
  const warehouse = temporaryFolder();
  const { lake, stderr } = await startLake(['--root', folder, '--warehouse', warehouse]);
  await lake.call('create_table', { table, columns: [{ name: 'a', type: 'INTEGER' }] });
  await lake.call('ingest', { path: 'f.csv', table, vendor_name: 'v' });
  await expect(lake.text('preview_sql', { sql: tried })).rejects.toThrow(new RegExp(sees, 'i'));
  expect(stderr()).toContain('Tables are as they were');
  const again = await openTestLake({}, { warehouse });
  expect(await again.rows(`SELECT a FROM ${table} ORDER BY a`)).toEqual([{ a: 1 }, { a: 2 }]);
});

async function startLake(args: readonly string[]) {
  const script = join(import.meta.dirname, 'fixtures/serve-lake.ts');
  const limits = ['--statement-timeout-ms', '1000', '--hard-stop-ms', '1000'];
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [script, ...args, ...limits],
    stderr: 'pipe',
  });
  let printed = '';
  transport.stderr?.on('data', (part) => {
    printed += part;
  });
  const client = new Client({ name: 'attack-tests', version: '1' });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return { lake: testLakeOver(client, ''), stderr: () => printed };
}
