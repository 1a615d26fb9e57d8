import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { openIcebergStore } from '../../src/servers/lake/storage/iceberg-store.ts';

/*
 * The lake's server with --rest-writes, PyIceberg as its client, and then our own reader over what that wrote.
 * node rest-writes.ts <python> <folder>
 */

const [python = '', folder = ''] = process.argv.slice(2);
const warehouse = join(folder, 'lake');

await makeLake();
const server = spawn(
  process.execPath,
  [
    'tests/servers/lake/support/serve-lake.ts',
    ...['--warehouse', warehouse, '--rest', '127.0.0.1:0', '--rest-writes', '--rest-token-env', 'LAKE_TOKEN'],
  ],
  { env: { ...process.env, LAKE_TOKEN: 'interop' }, stdio: ['ignore', 'inherit', 'pipe'] },
);
try {
  await run(python, ['tests/interop/write_over_rest.py', await urlOf(server)]);
} finally {
  server.kill('SIGTERM');
}
await readBack();

async function openStore() {
  return openIcebergStore({ warehouse, memory: '500MB', threads: 1, statementTimeoutMs: 60_000 });
}

async function makeLake(): Promise<void> {
  const store = await openStore();
  await store.writeMapping({ target: 'core.product', select: `SELECT 'own' AS sku`, mode: 'overwrite' });
  await store.close();
}

async function readBack(): Promise<void> {
  const store = await openStore();
  const rows = async (sql: string) => JSON.stringify((await store.query(sql)).rows);
  expect(
    await rows('SELECT id, vendor, amount::VARCHAR AS amount, currency, tags FROM gold.prices ORDER BY id'),
    [
      { id: 1, vendor: 'acme', amount: '1.10', currency: null, tags: ['a'] },
      { id: 2, vendor: 'bolt', amount: '9.90', currency: 'EUR', tags: ['x'] },
      { id: 4, vendor: 'bolt', amount: '4.40', currency: 'EUR', tags: null },
    ],
  );
  expect(await rows(`SELECT id, day::VARCHAR AS day FROM gold.staged WHERE vendor = 'acme'`), [
    { id: 7, day: '2026-01-07' },
  ]);
  expect(await rows('SELECT sku FROM core.product ORDER BY sku'), [{ sku: 'from-outside' }, { sku: 'own' }]);
  const { entries } = await store.history('core.product', 1);
  expect(JSON.stringify([entries[0]?.added_rows, entries[0]?.run ?? null]), [1, null]);
  // What another engine made is written by ours as any other table.
  const mapping = `SELECT 1 AS id, 'acme' AS vendor, 5.50 AS amount, DATE '2026-01-01' AS day`;
  await store.writeMapping({
    target: 'gold.staged',
    select: mapping.replace('amount', 'price'),
    mode: 'overwrite_partitions',
  });
  expect(await rows('SELECT id FROM gold.staged ORDER BY id'), [{ id: 1 }, { id: 7 }]);
  await store.close();
}

function expect(found: string, expected: unknown): void {
  if (found !== JSON.stringify(expected))
    throw new Error(`found ${found}, expected ${JSON.stringify(expected)}`);
}

function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said += chunk;
      const url = /REST catalog at (\S+)\n/.exec(said)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('close', () => reject(new Error(said)));
  });
}

function run(program: string, parameters: readonly string[]): Promise<void> {
  const child = spawn(program, parameters, { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`)),
    );
  });
}
