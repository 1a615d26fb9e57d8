import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { createTable, openWarehouse, tableName } from '../../../src/servers/lake/iceberg/index.ts';
import { parseLakeArgs } from '../../../src/servers/lake/parse-args.ts';

const address = { host: '127.0.0.1', port: 8181, tokenVariable: undefined };

test.each([
  [['--rest', '127.0.0.1:8181'], address],
  [['--rest', 'localhost:0'], { ...address, host: 'localhost', port: 0 }],
  [['--rest', '[::1]:8181'], { ...address, host: '::1' }],
  [['--rest', '127.0.0.1:8181', '--rest-token-env', 'T'], { ...address, tokenVariable: 'T' }],
  [
    ['--rest', '0.0.0.0:8181', '--rest-exposed', '--rest-token-env', 'T'],
    { ...address, host: '0.0.0.0', tokenVariable: 'T' },
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
