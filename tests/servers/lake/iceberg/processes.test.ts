import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  appendPrepared,
  appendRows,
  changeProperties,
  compactFiles,
  expireSnapshots,
  IcebergError,
  listOrphans,
  loadTable,
  overwritePartitions,
  overwriteRows,
  overwriteTable,
  prepareRows,
  removeOrphans,
  scanTable,
  tableName,
} from '../../../../src/servers/lake/iceberg/index.ts';
import { type TestWarehouse, warehouseOfTest } from './support/test-warehouse.ts';

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

/** Moments that differ from seed to seed and are the same for one: touches 1 to 34 of a change that has some 30. */
function momentsOf(seed: number, count: number): number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return 1 + (state % 34);
  });
}

test.each([1, 2])(
  'rows that are replaced by a writer that is killed are all old or all new (seed %i)',
  {
    timeout: 120_000,
  },
  async (seed) => {
    const lake = await warehouseOfTest();
    await lake.create('bronze.events', { columns });
    await appendRows(lake, { table, select: "SELECT 'w' AS writer, 0 AS n UNION ALL SELECT 'other', 7" });
    let last = 0;
    for (const at of momentsOf(seed, 6)) {
      const isKilled = await killAt(lake.folder, at, 'replace');
      const rows = (await lake.rows('bronze.events')).map(({ writer, n }) => `${writer}${n}`).sort();
      expect(
        [
          [`other7`, `w${last}`],
          [`other7`, `w${at}`],
        ],
        `at ${at}`,
      ).toContainEqual(rows);
      if (!isKilled) expect(rows).toContain(`w${at}`);
      last = Number(rows[1]?.slice(1));
      await removeOrphans(lake, { table, olderThanMs: Date.now() + 60_000 });
      expect(await lake.rows('bronze.events')).toHaveLength(2);
    }
  },
);

test.each([3, 4])(
  'prepared rows are in the table once, however often their writer is killed (seed %i)',
  {
    timeout: 120_000,
  },
  async (seed) => {
    const lake = await warehouseOfTest();
    await lake.create('bronze.events', { columns });
    const olderThanMs = Date.now() + 600_000;
    const moments = [...new Set(momentsOf(seed, 6))];
    for (const [index, at] of moments.entries()) {
      const prepared = [await prepareRows(lake, { table, select: `SELECT 'w' AS writer, ${at} AS n` })];
      await killAt(lake.folder, at, JSON.stringify(prepared[0]));
      // What somebody is going to commit is no orphan.
      await removeOrphans(lake, { table, olderThanMs, expected: prepared });
      await appendPrepared(lake, { table, prepared, summary: { load: String(at) }, once: 'load' });
      await removeOrphans(lake, { table, olderThanMs });
      const rows = await lake.rows('bronze.events');
      expect(rows.map(({ n }) => Number(n)).sort(), `at ${at}`).toEqual(moments.slice(0, index + 1).sort());
    }
  },
);

test('three kinds of writers at once lose nothing: rows that come, rows that are replaced, files that are moved', {
  timeout: 120_000,
}, async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.events', { columns });
  const others = [0, 1].map(() => warehouseOfTest(lake.folder));
  const [replacing, compacting] = await Promise.all(others);
  const appending = startWriter(lake.folder, { writer: 'a', count: 20 });
  let conflicts = 0;
  for (let n = 0; n < 8; n++) {
    const select = `SELECT 'r' AS writer, ${n} AS n`;
    const where = { column: 'writer', is: '=', value: 'r' } as const;
    const work = [
      overwriteRows(replacing as TestWarehouse, { table, where, select }),
      compactFiles(compacting as TestWarehouse, { table }),
    ];
    for (const { status, ...result } of await Promise.allSettled(work)) {
      if (status === 'fulfilled') continue;
      expect((result as PromiseRejectedResult).reason).toMatchObject({ code: 'CONFLICT' });
      conflicts++;
    }
  }
  expect(await appending.done).toBe(20);
  expect(conflicts).toBeLessThan(16);
  const rows = await lake.rows('bronze.events');
  const expected = Array.from({ length: 20 }, (_, n) => n);
  const numbers = rows.filter(({ writer }) => writer === 'a').map(({ n }) => Number(n));
  expect(numbers.sort((left, right) => left - right)).toEqual(expected);
  expect(rows.filter(({ writer }) => writer === 'r')).toHaveLength(1);
  expect(await listOrphans(lake, { table, olderThanMs: Date.now() + 60_000 })).toEqual([]);
});

test('a reader that began before keeps its files while snapshots expire and files are moved', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.events', { columns });
  for (let n = 0; n < 4; n++) await appendRows(lake, { table, select: `SELECT 'w' AS writer, ${n} AS n` });
  const { sql } = await scanTable(lake, { table });
  for (let n = 4; n < 8; n++) {
    await Promise.all([
      compactFiles(lake, { table }),
      appendRows(lake, { table, select: `SELECT 'w' AS writer, ${n} AS n` }),
    ]);
    await expireSnapshots(lake, { table, olderThanMs: Date.now() + 60_000 });
    await removeOrphans(lake, { table, olderThanMs: Date.now() - 60_000 });
    expect(await lake.engine.run(sql)).toHaveLength(4);
    expect(await lake.rows('bronze.events')).toHaveLength(n + 1);
  }
  // An hour later nobody reads it any more.
  const later = { ...lake, now: () => Date.now() + 3_700_000 };
  const { snapshotIds } = await expireSnapshots(later, { table, olderThanMs: Date.now() + 60_000 });
  expect(snapshotIds.length).toBeGreaterThan(8);
  await expect(lake.engine.run(sql)).rejects.toMatchObject({ code: 'DAMAGED' });
  expect(await lake.rows('bronze.events')).toHaveLength(8);
});

test('a clock that was set back leaves the order of the past as it was', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.events', { columns });
  const at = (now: number) => ({ ...lake, now: () => now });
  const start = Date.now() + 1_000_000;
  const row = (n: number) => ({ table, select: `SELECT 'w' AS writer, ${n} AS n` });
  await appendRows(at(start), row(1));
  await appendRows(at(start - 86_400_000), row(2));
  await overwriteRows(at(0), { ...row(3), where: { column: 'n', is: '=', value: 1 } });
  await changeProperties(at(1), { table, properties: { x: 'y' } });
  const { metadata } = await loadTable(lake, table);
  const times = metadata.snapshots.map((snapshot) => snapshot['timestamp-ms']);
  expect(times).toEqual([start, start + 1, start + 2]);
  expect(metadata['last-updated-ms']).toBe(start + 3);
  expect(await lake.rows('bronze.events', { at: { timestampMs: start + 1 } })).toHaveLength(2);
  // Nothing is old by a clock of the past.
  const expired = await expireSnapshots(at(0), { table, olderThanMs: 0, graceMs: 0 });
  expect(expired.snapshotIds).toEqual([]);
});

/** @returns false when the writer came to its end before */
function killAt(folder: string, at: number, change = 'append'): Promise<boolean> {
  const program = fileURLToPath(new URL('support/crash-process.ts', import.meta.url));
  const child = spawn(process.execPath, [program, folder, String(at), change], {
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
