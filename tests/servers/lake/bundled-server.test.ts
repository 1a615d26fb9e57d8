import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder, testLakeOver } from './support/open-test-lake.ts';

const root = join(import.meta.dirname, '../../..');

/** More than the 64 MiB from which on the file is hashed by a thread that is started from a file of its own. Made here: no vendor has sent it. */
function writeLargeCsv(path: string): number {
  const line = (id: number) => `${id},${'x'.repeat(1000)}\n`;
  const records = 70_000;
  const lines = Array.from({ length: records }, (_, index) => line(index + 1));
  writeFileSync(path, `id,name\nnone,broken\n${lines.join('')}`);
  return records;
}

test('the built program loads a file of 70 MB: its bundle holds the thread that hashes it', {
  timeout: 120_000,
}, async () => {
  expect(existsSync(join(root, 'dist/bundle/hash-worker.js'))).toBe(true);
  const folder = temporaryFolder();
  const records = writeLargeCsv(join(folder, 'large.csv'));
  const command = [join(root, 'bin/aiworkflow.mjs'), 'server', 'lake'];
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [...command, '--root', folder, '--warehouse', temporaryFolder(), '--threads', '2'],
    stderr: 'pipe',
  });
  const client = new Client({ name: 'bundle-tests', version: '1' });
  await client.connect(transport);
  onTestFinished(() => client.close());
  const lake = testLakeOver(client, folder);
  const table = 'product_raw.large';
  const columns = [
    { name: 'id', type: 'INTEGER' },
    { name: 'name', type: 'VARCHAR' },
  ];
  await lake.call('create_table', { table, columns });
  expect(await lake.call('ingest', { path: 'large.csv', table, vendor_name: 'v' })).toMatchObject({
    rows_read: records + 1,
    rows_loaded: records,
    rows_rejected: 1,
  });
  expect(await lake.rows(`SELECT count(*) AS n, max(id) AS last FROM ${table}`)).toEqual([
    { n: records, last: records },
  ]);
});
