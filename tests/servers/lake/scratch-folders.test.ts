import { mkdirSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from './support/open-test-lake.ts';
import { openTestStore } from './support/open-test-store.ts';

const script = join(import.meta.dirname, 'fixtures/serve-lake.ts');

async function startLake(warehouse: string) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [script, '--root', temporaryFolder(), '--warehouse', warehouse],
    stderr: 'pipe',
  });
  const client = new Client(
    { name: 'scratch-tests', version: '1' },
    { versionNegotiation: { mode: 'legacy' } },
  );
  await client.connect(transport);
  onTestFinished(() => client.close());
  const { pid } = transport;
  if (pid === null) throw new Error('The server has no process.');
  return { pid, kill: () => process.kill(pid, 'SIGKILL'), close: () => client.close() };
}

const scratchOf = (warehouse: string) => readdirSync(join(warehouse, '.scratch'));

test('what a killed process left is removed by the next that opens the lake; that of the living stays', async () => {
  const warehouse = temporaryFolder();
  const doomed = await startLake(warehouse);
  const living = await startLake(warehouse);
  doomed.kill();
  await doomed.close();
  expect(scratchOf(warehouse).filter((name) => name.includes(`~${doomed.pid}~`))).toHaveLength(1);
  const store = await openTestStore(warehouse);
  expect(
    scratchOf(warehouse)
      .map((name) => Number(name.split('~')[1]))
      .sort(),
  ).toEqual([living.pid, process.pid].sort());
  await store.close();
});

test('the next process with the number of a dead one is another; processes elsewhere are not judged', async () => {
  const warehouse = temporaryFolder();
  const elsewhere = 'elsewhere~1~1~1';
  const earlier = `${hostname()}~${process.pid}~12345~load-x`;
  for (const name of [elsewhere, earlier, 'README'])
    mkdirSync(join(warehouse, '.scratch', name), { recursive: true });
  const store = await openTestStore(warehouse);
  const found = scratchOf(warehouse);
  expect(found).not.toContain(earlier);
  expect(found).toEqual(expect.arrayContaining([elsewhere, 'README']));
  await store.close();
});
