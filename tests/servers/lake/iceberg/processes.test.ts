import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  appendRows,
  IcebergError,
  listOrphans,
  loadTable,
  overwritePartitions,
  overwriteTable,
  removeOrphans,
  tableName,
} from '../../../../src/servers/lake/iceberg/index.ts';
import { warehouseOfTest } from './support/test-warehouse.ts';

const table = tableName('bronze.events');
const columns = [
  { name: 'writer', type: 'string' },
  { name: 'n', type: 'int' },
] as const;

interface Writer {
  readonly child: ChildProcess;
  /** How many commits were reported. */
  readonly done: Promise<number>;
}

function startWriter(folder: string, { writer, count }: { writer: string; count: number }): Writer {
  const program = fileURLToPath(new URL('support/append-process.ts', import.meta.url));
  const child = spawn(process.execPath, [program, folder, writer, String(count)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let failed = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  child.stderr.on('data', (chunk) => {
    failed += chunk;
  });
  const done = new Promise<number>((resolve, reject) => {
    child.once('close', (code, signal) =>
      code === 0 || signal === 'SIGKILL' ? resolve(said.split('\n').length - 1) : reject(new Error(failed)),
    );
  });
  return { child, done };
}

test('three processes append twenty times each and nothing is lost', { timeout: 120_000 }, async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.events', { columns });
  const writers = ['a', 'b', 'c'].map((writer) => startWriter(lake.folder, { writer, count: 20 }));
  expect(await Promise.all(writers.map(({ done }) => done))).toEqual([20, 20, 20]);
  const rows = await lake.rows('bronze.events');
  const expected = ['a', 'b', 'c'].flatMap((writer) => Array.from({ length: 20 }, (_, n) => `${writer}${n}`));
  expect(rows.map((row) => `${row['writer']}${row['n']}`).sort()).toEqual(expected.sort());
  const { metadata } = await loadTable(lake, table);
  expect(metadata.snapshots).toHaveLength(60);
  expect(new Set(metadata.snapshots.map((snapshot) => snapshot['sequence-number'])).size).toBe(60);
  expect(metadata.snapshots.at(-1)?.summary['total-records']).toBe('60');
  // Attempts that lost leave nothing behind.
  expect(await listOrphans(lake, { table, olderThanMs: Date.now() + 60_000 })).toEqual([]);
});

test('a writer that is killed at any point leaves the old table or the new one', {
  timeout: 300_000,
}, async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.events', { columns });
  const future = () => Date.now() + 60_000;
  const outcomes: { at: number; isCommitted: boolean; orphans: number }[] = [];
  for (let at = 1; ; at++) {
    const before = (await lake.rows('bronze.events')).length;
    const isKilled = await killAt(lake.folder, at);
    const rows = await lake.rows('bronze.events');
    const isCommitted = rows.some((row) => row['n'] === at);
    expect(rows).toHaveLength(before + (isCommitted ? 1 : 0));
    // The next writer is not held up, and what the dead one left can be found and removed without loss.
    await appendRows(lake, { table, select: "SELECT 'after' AS writer, -1 AS n" });
    const orphans = await removeOrphans(lake, { table, olderThanMs: future() });
    expect(await lake.rows('bronze.events')).toHaveLength(rows.length + 1);
    if (!isKilled) break;
    outcomes.push({ at, isCommitted, orphans: orphans.length });
  }
  // Every step was met: nothing written yet, files without a commit, a commit whose writer could not say so.
  const first = outcomes.findIndex(({ isCommitted }) => isCommitted);
  expect(outcomes.slice(first).every(({ isCommitted }) => isCommitted)).toBe(true);
  expect(first).toBeGreaterThan(8);
  expect(outcomes.length - first).toBeGreaterThan(3);
  expect(outcomes.filter(({ orphans }) => orphans > 0).length).toBeGreaterThan(4);
});

/** @returns false when the writer came to its end before */
function killAt(folder: string, at: number): Promise<boolean> {
  const program = fileURLToPath(new URL('support/crash-process.ts', import.meta.url));
  const child = spawn(process.execPath, [program, folder, String(at)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.once('close', (code, signal) => {
      if (signal === 'SIGKILL' || code === 0) resolve(signal === 'SIGKILL');
      else reject(new Error(`the writer failed with ${code}`));
    });
  });
}

test('an overwrite whose partitions others changed is a conflict; one that they left alone is not', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.events', {
    columns,
    partitionedBy: [{ column: 'writer', transform: 'identity' }],
  });
  const row = (writer: string, n: number) => `SELECT '${writer}' AS writer, ${n} AS n`;
  const base = await appendRows(lake, { table, select: `${row('a', 1)} UNION ALL ${row('b', 1)}` });
  await appendRows(lake, { table, select: row('b', 2) });
  const basedOn = base.snapshotId;
  await overwritePartitions(lake, { table, select: row('a', 9), basedOn });
  const conflict = await overwritePartitions(lake, { table, select: row('b', 9), basedOn }).catch(
    (error) => error,
  );
  expect(IcebergError.is(conflict, 'CONFLICT')).toBe(true);
  await expect(overwriteTable(lake, { table, select: row('c', 9), basedOn })).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  const rows = await lake.rows('bronze.events');
  expect(rows.map((found) => `${found['writer']}${found['n']}`).sort()).toEqual(['a9', 'b1', 'b2']);
  expect(await listOrphans(lake, { table, olderThanMs: Date.now() + 60_000 })).toEqual([]);
});
