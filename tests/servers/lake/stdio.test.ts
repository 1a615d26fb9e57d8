import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder, testLakeOver } from './support/open-test-lake.ts';

const script = join(import.meta.dirname, 'fixtures/serve-lake.ts');

async function startLake(folder: string, args: string[] = [], mode: 'auto' | 'legacy' = 'auto') {
  const warehouse = join(folder, '.aiworkflow/deep/lake');
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [script, '--root', folder, '--warehouse', warehouse, ...args],
    stderr: 'pipe',
  });
  const client = new Client({ name: 'stdio-tests', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(transport);
  onTestFinished(() => client.close());
  return { client, lake: testLakeOver(client, folder), warehouse };
}

/** Runs the server as a plain process and gives what it printed and how it ended. */
function run(args: string[], input: string): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args]);
    let out = '';
    let err = '';
    child.stdout.on('data', (part) => {
      out += part;
    });
    child.stderr.on('data', (part) => {
      err += part;
    });
    child.on('close', (code) => resolve({ code, out, err }));
    child.stdin.end(input);
  });
}

test.each(['auto', 'legacy'] as const)('a child process serves the tools over stdio (%s)', async (mode) => {
  const folder = temporaryFolder({ 'f.csv': 'a;b\n1;x\n2\n' });
  const { client, lake, warehouse } = await startLake(folder, [], mode);
  expect(client.getServerVersion()).toMatchObject({ name: 'aiworkflow-lake' });
  const { tools } = await client.listTools();
  expect(
    tools.map((tool) => [tool.name, tool.annotations?.readOnlyHint, tool.annotations?.idempotentHint]),
  ).toEqual([
    ['list_files', true, true],
    ['inspect_file', true, true],
    ['profile_file', true, true],
    ['diff_schema', true, true],
    ['plan_compute', true, true],
    ['create_table', false, true],
    ['evolve_table', false, false],
    ['ingest', false, true],
    ['preview_sql', true, true],
    ['run_mapping', false, true],
    ['write_rows', false, true],
    ['list_tables', true, true],
    ['describe_table', true, true],
    ['table_history', true, true],
    ['check_quality', true, true],
    ['compact_table', false, true],
    ['rollback_snapshot', false, true],
  ]);
  for (const tool of tools) {
    expect(tool.description?.length).toBeGreaterThan(60);
    expect(tool.outputSchema).toMatchObject({ type: 'object' });
    expect(tool.inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
  }
  await lake.call('create_table', {
    table: 'product_raw.t',
    columns: [
      { name: 'a', type: 'INT' },
      { name: 'b', type: 'TEXT' },
    ],
  });
  const report = await lake.call('ingest', { path: 'f.csv', table: 'product_raw.t', vendor_name: 'v' });
  expect(report).toMatchObject({ rows_read: 2, rows_loaded: 1, rows_rejected: 1 });
  expect(JSON.parse(await lake.text('describe_table', { table: 'product_raw.t' }))).toMatchObject({
    rows: 1,
  });
  expect(existsSync(join(warehouse, 'product_raw/t/metadata/v1.metadata.json'))).toBe(true);
});

test('what was written is there after a restart', async () => {
  const folder = temporaryFolder({ 'f.csv': 'a\n1\n' });
  const first = await startLake(folder);
  await first.lake.call('create_table', { table: 'product_raw.t', columns: [{ name: 'a', type: 'INT' }] });
  const load = { path: 'f.csv', table: 'product_raw.t', vendor_name: 'v' };
  await first.lake.call('ingest', load);
  await first.client.close();
  const second = await startLake(folder);
  expect(await second.lake.call('ingest', load)).toMatchObject({ already_ingested: true, rows_loaded: 1 });
});

test('two processes load into one warehouse at once, and both see everything', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 6 }, (_, index) => [`f${index}.csv`, `a\n${index}\nx\n`]),
  );
  const folder = temporaryFolder(files);
  const first = await startLake(folder);
  const second = await startLake(folder);
  const table = 'product_raw.t';
  await first.lake.call('create_table', { table, columns: [{ name: 'a', type: 'INT' }], primary_key: ['a'] });
  const load = (lake: typeof first.lake, path: string) =>
    lake.call('ingest', { path, table, vendor_name: 'v', options: { header: true } });
  const reports = await Promise.all(
    Object.keys(files).map((path, index) => load(index % 2 === 0 ? first.lake : second.lake, path)),
  );
  for (const report of reports) expect(report).toMatchObject({ rows_loaded: 1, rows_rejected: 1 });
  for (const { lake } of [first, second]) {
    expect(await lake.rows(`SELECT a FROM ${table} ORDER BY a`)).toEqual(
      Array.from({ length: 6 }, (_, index) => ({ a: index })),
    );
    expect(await lake.call('describe_table', { table: 'product_raw.ingest_errors' })).toMatchObject({
      rows: 6,
    });
  }
});

test('two processes load the same file at once: it is there once', async () => {
  const folder = temporaryFolder({ 'f.csv': 'a\n1\n2\n' });
  const lakes = [(await startLake(folder)).lake, (await startLake(folder)).lake];
  const table = 'product_raw.t';
  for (const lake of lakes) await lake.call('create_table', { table, columns: [{ name: 'a', type: 'INT' }] });
  const load = { path: 'f.csv', table, vendor_name: 'v', options: { header: true } };
  const reports = await Promise.all(lakes.map((lake) => lake.call('ingest', load)));
  expect(reports.map((report) => report['already_ingested']).sort()).toEqual([false, true]);
  for (const lake of lakes) expect(await lake.rows(`SELECT count(*) AS n FROM ${table}`)).toEqual([{ n: 2 }]);
});

test('only MCP on standard output, and the process ends with its input', async () => {
  const folder = temporaryFolder();
  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
  };
  const { code, out } = await run(
    ['--root', folder, '--warehouse', join(folder, '.lake')],
    `${JSON.stringify(initialize)}\n`,
  );
  expect(code).toBe(0);
  for (const line of out.split('\n').filter((text) => text !== ''))
    expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
});

test.each<[string, string[], string]>([
  ['no root', [], 'at least one folder'],
  ['a root that is no folder', ['--root', 'no-such-folder'], '"no-such-folder" is not a folder'],
  ['an unknown flag', ['--root', '.', '--databse', 'x'], '--databse'],
  ['a size that is none', ['--root', '.', '--memory', 'much'], 'is not a size'],
  ['a count that is none', ['--root', '.', '--threads', '0'], 'is not a positive whole number'],
  ['a file of an earlier version', ['--root', '.', '--database', 'x.duckdb'], 'there is no --database'],
])('wrong usage: %s', async (_, args, message) => {
  const { serveLake } = await import('../../../src/servers/lake/serve.ts');
  await expect(serveLake(args)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining(message),
  });
});

test('a warehouse that is a file is refused by name', async () => {
  const folder = temporaryFolder({ 'x.duckdb': 'this is no folder' });
  const { serveLake } = await import('../../../src/servers/lake/serve.ts');
  const args = ['--root', folder, '--warehouse', join(folder, 'x.duckdb')];
  await expect(serveLake(args)).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
    hint: expect.stringContaining('--warehouse'),
  });
});
