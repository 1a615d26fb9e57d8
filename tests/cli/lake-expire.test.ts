import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  appendRows,
  createTable,
  loadTable,
  openWarehouse,
  overwriteTable,
  tableName,
  withEngine,
} from '../../src/servers/lake/iceberg/index.ts';
import { openIcebergStore } from '../../src/servers/lake/storage/iceberg-store.ts';
import { openDuckdb } from '../../src/servers/lake/storage/open-duckdb.ts';
import { temporaryFolder } from '../servers/lake/support/open-test-lake.ts';
import { runCli } from './support/run-cli.ts';

const dayMs = 86_400_000;
const table = tableName('core.t');

/** A lake whose table was written ten days ago, and then anew: the first snapshot's file is needed by it alone. */
async function lakeOfTest() {
  const warehouse = temporaryFolder();
  const duckdb = await openDuckdb({ warehouse, memory: '1GB', threads: 1 });
  const connection = await duckdb.instance.connect();
  const engine = {
    run: async (sql: string) =>
      (await connection.runAndReadAll(sql)).getRowObjectsJson() as Record<string, never>[],
  };
  const opened = openWarehouse({ folder: duckdb.warehouse, engine, now: () => Date.now() - 10 * dayMs });
  const past = withEngine(opened, engine);
  await createTable(past, { table, columns: [{ name: 'n', type: 'int' }] });
  const { snapshotId: first } = await appendRows(past, { table, select: 'SELECT 1 AS n' });
  await overwriteTable(past, { table, select: 'SELECT 2 AS n' });
  connection.closeSync();
  opened.close();
  duckdb.close();
  const cli = (...args: string[]) => runCli(['lake', ...args, '--warehouse', warehouse], { cwd: warehouse });
  const dataFiles = () =>
    readdirSync(warehouse, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.parquet'));
  return { warehouse, first, cli, dataFiles };
}

const expire = ['expire', 'core.t', '--older-than', '1d'] as const;

test('a statement that is open in another process ends, whatever snapshot it reads', async () => {
  const { warehouse, first, cli, dataFiles } = await lakeOfTest();
  const store = await openIcebergStore({ warehouse, memory: '1GB', threads: 1, statementTimeoutMs: 60_000 });
  onTestFinished(() => store.close());
  const dry = await cli(...expire, '--dry-run');
  expect(dry.stdout).toMatch(
    /^1 snapshot of core\.t would go, 1 stay\.\nTheir files would stay for now: process/,
  );
  const rows = await store.reading([{ name: 'core.t', at: { version: first } }], async (query) => {
    const done = await cli(...expire);
    expect(done.stdout).toMatch(
      new RegExp(
        `^1 snapshot of core\\.t removed, 1 stay\\.\n\\d files of them are left: process ${process.pid} on .* has the lake open since .* UTC, and .*\nWhen it has ended: aiworkflow lake orphans core\\.t --older-than 0m --remove --warehouse`,
      ),
    );
    expect((await cli('orphans', '--older-than', '0m', '--remove')).stdout).toMatch(
      /^No orphans.*stay: a process/s,
    );
    return (await query(`SELECT n FROM core."t@${first}"`)).rows;
  });
  expect(rows).toEqual([{ n: 1 }]);
  expect(dataFiles()).toHaveLength(2);
  await store.close();
  await cli('orphans', 'core.t', '--older-than', '0m', '--remove');
  expect(dataFiles()).toHaveLength(1);
  expect((await cli('rows', 'core.t')).stdout).toBe('n\n2\n');
});

test('files go at once when no process has the lake open; one that was killed has it no more', async () => {
  const { warehouse, cli, dataFiles } = await lakeOfTest();
  // A number that no process of Linux has.
  const dead = join(warehouse, '.scratch', `${hostname()}~${2 ** 30}~1~1`);
  mkdirSync(dead, { recursive: true });
  expect((await cli(...expire)).stdout).toMatch(
    /^1 snapshot of core\.t removed with [3-9] files, 1 stay\.\n$/,
  );
  expect(dataFiles()).toHaveLength(1);
  expect(existsSync(dead)).toBe(true);
});

test('a process on another machine counts as one that reads', async () => {
  const { warehouse, cli, dataFiles } = await lakeOfTest();
  mkdirSync(join(warehouse, '.scratch', 'elsewhere~1~1700000000000~1'), { recursive: true });
  const done = JSON.parse((await cli(...expire, '--json')).stdout);
  expect(done).toMatchObject({
    removedFiles: 0,
    keptFiles: expect.any(Number),
    open: [{ host: 'elsewhere', pid: 1, startedMs: 1_700_000_000_000 }],
  });
  expect(done.keptFiles).toBeGreaterThan(0);
  expect(dataFiles()).toHaveLength(2);
});

test('the present and what was current within the hour stay', async () => {
  const { warehouse, cli } = await lakeOfTest();
  await cli(...expire);
  expect((await cli('expire', 'core.t', '--older-than', '0m')).stdout).toMatch(
    /^Nothing to expire: 1 snapshot of core\.t\./,
  );
  const opened = openWarehouse({
    folder: warehouse,
    engine: { run: () => Promise.reject(new Error('none')) },
  });
  onTestFinished(() => opened.close());
  expect((await loadTable(opened, table)).metadata.snapshots).toHaveLength(1);
});
