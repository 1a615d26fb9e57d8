import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { createTable, openWarehouse, tableName } from '../../../src/servers/lake/iceberg/index.ts';
import { parseLakeArgs } from '../../../src/servers/lake/parse-args.ts';
import { outsideWriter } from '../../../src/servers/lake/storage/outside-writer.ts';
import { appendOfClient, restClient } from './iceberg/support/rest-client.ts';
import { warehouseOfTest } from './iceberg/support/test-warehouse.ts';

const address = { host: '127.0.0.1', port: 8181, tokenVariable: undefined, mayWrite: false };

test.each([
  [['--rest', '127.0.0.1:8181'], address],
  [['--rest', 'localhost:0'], { ...address, host: 'localhost', port: 0 }],
  [['--rest', '[::1]:8181'], { ...address, host: '::1' }],
  [['--rest', '127.0.0.1:8181', '--rest-token-env', 'T'], { ...address, tokenVariable: 'T' }],
  [
    ['--rest', '0.0.0.0:8181', '--rest-exposed', '--rest-token-env', 'T'],
    { ...address, host: '0.0.0.0', tokenVariable: 'T' },
  ],
  [
    ['--rest', '127.0.0.1:8181', '--rest-writes', '--rest-token-env', 'T'],
    { ...address, tokenVariable: 'T', mayWrite: true },
  ],
])('%j is where the REST catalog is served', (args, rest) => {
  expect(parseLakeArgs(args)).toMatchObject({ rest, roots: [] });
});

test.each([
  [['--rest', '8181'], 'is no address'],
  [['--rest', '127.0.0.1:99999'], 'is no address'],
  [['--rest', '0.0.0.0:8181'], '--rest-exposed and --rest-token-env'],
  [['--rest', 'lake.example:8181', '--rest-exposed'], '--rest-exposed and --rest-token-env'],
  [['--rest', '192.168.1.4:8181', '--rest-token-env', 'T'], '--rest-exposed and --rest-token-env'],
  [['--rest-exposed'], 'belong to --rest'],
  [['--rest-writes'], 'belong to --rest'],
  [['--rest', '127.0.0.1:8181', '--rest-writes'], '--rest-token-env'],
  [[], 'at least one folder'],
])('%j is refused', (args, said) => {
  expect(() => parseLakeArgs(args)).toThrow(
    expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(said) }),
  );
});

const program = fileURLToPath(new URL('support/serve-lake.ts', import.meta.url));
let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rest-front-'));
  const lake = openWarehouse({ folder, engine: { run: () => Promise.reject(new Error('not needed')) } });
  await createTable(lake, { table: tableName('bronze.prices'), columns: [{ name: 'id', type: 'int' }] });
  lake.close();
  return () => rmSync(folder, { recursive: true });
});

interface Served {
  readonly url: string;
  readonly end: (how: NodeJS.Signals | 'input') => Promise<number | null>;
}

async function serve(args: readonly string[], env: Record<string, string> = {}): Promise<Served> {
  const child = spawn(process.execPath, [program, '--warehouse', folder, ...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk) => {
      said += chunk;
      const found = /REST catalog at (\S+)\n/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('close', () => reject(new Error(said)));
  });
  const closed = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const end = (how: NodeJS.Signals | 'input') => {
    if (how === 'input') child.stdin.end();
    else child.kill(how);
    return closed;
  };
  return { url, end };
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'without a folder to read from REST alone is served, until %s',
  async (signal) => {
    const { url, end } = await serve(['--rest', '127.0.0.1:0']);
    const response = await fetch(`${url}/v1/namespaces/bronze/tables`);
    expect(await response.json()).toMatchObject({ identifiers: [{ namespace: ['bronze'], name: 'prices' }] });
    expect(await end(signal)).toBe(0);
  },
);

test('beside MCP it ends with the input', async () => {
  const { url, end } = await serve(['--root', '.', '--rest', '127.0.0.1:0']);
  expect((await fetch(`${url}/v1/config`)).status).toBe(200);
  expect(await end('input')).toBe(0);
});

test('the token comes from the environment', async () => {
  const { url, end } = await serve(['--rest', '127.0.0.1:0', '--rest-token-env', 'LAKE_TOKEN'], {
    LAKE_TOKEN: 'abc',
  });
  expect((await fetch(`${url}/v1/config`)).status).toBe(401);
  const headers = { authorization: 'Bearer abc' };
  expect((await fetch(`${url}/v1/config`, { headers })).status).toBe(200);
  await end('SIGTERM');
  await expect(serve(['--rest', '127.0.0.1:0', '--rest-token-env', 'LAKE_TOKEN'])).rejects.toThrow('not set');
});

test('a warehouse that is not there, and a port that is taken, are told', async () => {
  await expect(serve(['--warehouse', '/nowhere/at/all', '--rest', '127.0.0.1:0'])).rejects.toThrow(
    'no warehouse',
  );
  const { url } = await serve(['--rest', '127.0.0.1:0']);
  const port = new URL(url).port;
  await expect(serve(['--rest', `127.0.0.1:${port}`])).rejects.toThrow('cannot listen');
});

test('without --rest-writes every write is refused', async () => {
  const { url } = await serve(['--rest', '127.0.0.1:0']);
  const { ask } = restClient(url);
  expect((await ask('GET', '/config')).text).not.toContain('POST');
  for (const [method, path] of writes) {
    const { status, body } = await ask(method, path, {});
    expect([path, status, body]).toMatchObject([
      path,
      406,
      { error: { type: 'UnsupportedOperationException' } },
    ]);
  }
});

const writes = [
  ['POST', '/namespaces'],
  ['DELETE', '/namespaces/bronze'],
  ['POST', '/namespaces/bronze/tables'],
  ['POST', '/namespaces/bronze/tables/prices'],
  ['DELETE', '/namespaces/bronze/tables/prices'],
] as const;

test('with --rest-writes tables are changed, but not those that only ingest writes', async () => {
  const warehouse = await warehouseOfTest();
  const columns = [{ name: 'id', type: 'int' }];
  for (const name of ['product_raw.acme', 'product_raw.ingest_errors', 'core.t']) {
    await warehouse.create(name, { columns });
  }
  const { url, end } = await serve(
    [
      '--rest',
      '127.0.0.1:0',
      '--rest-writes',
      '--rest-token-env',
      'LAKE_TOKEN',
      '--warehouse',
      warehouse.folder,
    ],
    { LAKE_TOKEN: 's3cret' },
  );
  const { ask, commit, metadata } = restClient(url);
  for (const table of ['acme', 'ingest_errors']) {
    const append = await appendOfClient(warehouse, {
      metadata: await metadata(`product_raw.${table}`),
      select: 'SELECT 1 AS id',
    });
    const refused = await commit(`product_raw.${table}`, append);
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('loaded or rejected')]);
    expect((await ask('DELETE', `/namespaces/product_raw/tables/${table}`)).status).toBe(403);
    expect(await warehouse.rows(`product_raw.${table}`)).toEqual([]);
  }
  const schema = { type: 'struct', fields: [{ id: 1, name: 'id', required: false, type: 'int' }] };
  expect((await ask('POST', '/namespaces/product_raw/tables', { name: 'new', schema })).status).toBe(403);
  const forged = [{ action: 'set-properties', updates: { 'aiworkflow.contract': 'mine@1.0.0' } }];
  expect((await commit('core.t', { updates: forged })).status).toBe(403);
  const append = await appendOfClient(warehouse, {
    metadata: await metadata('core.t'),
    select: 'SELECT 1 AS id',
  });
  expect((await commit('core.t', append)).status).toBe(200);
  expect(await warehouse.rows('core.t')).toEqual([{ id: 1 }]);
  const [snapshot] = (await metadata('core.t')).snapshots;
  expect(outsideWriter(snapshot?.summary ?? { operation: 'append' })).toBe('PyIceberg/0.12.0');
  await end('SIGTERM');
});

test.each([
  [{ 'engine-name': 'spark', 'engine-version': '4.0', 'aiworkflow.outside': 'x' }, 'spark 4.0'],
  [{ 'aiworkflow.outside': 'PyIceberg/0.12.0' }, 'PyIceberg/0.12.0'],
  [{ 'spark.app.id': 'local-1' }, 'Spark'],
  [{}, 'another program'],
  [{ 'aiworkflow.tool': 'ingest' }, undefined],
])('a snapshot with %j was written from outside by %s', (keys, writer) => {
  expect(outsideWriter({ operation: 'append', ...keys })).toBe(writer);
});
