import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import {
  appendPrepared,
  loadTable,
  openWarehouse,
  type PreparedRows,
  prepareRows,
  tableName,
  type Warehouse,
} from '../../../src/servers/lake/iceberg/index.ts';
import { printWork } from '../../../src/servers/lake/storage/commit-load.ts';
import { giveUpLoad } from '../../../src/servers/lake/storage/give-up-load.ts';
import { openLedger } from '../../../src/servers/lake/storage/lake-ledger.ts';
import { intendLoad, type RecordedLoad } from '../../../src/servers/lake/storage/load-ledger.ts';
import { engineOfTest } from './iceberg/support/duckdb-engine.ts';
import { temporaryFolder } from './support/open-test-lake.ts';
import { loadOf, numbersTable, openTestStore } from './support/open-test-store.ts';

const table = tableName('product_raw.t');
const errors = tableName('product_raw.ingest_errors');
const audit = `'v' AS _vendor_name, 'f.csv' AS _source_file, 1 AS _source_line, '7,x' AS _source_sha256,
  'load1' AS _load_id, DATE '2026-01-01' AS _ingestion_date, TIMESTAMP '2026-01-01' AS _ingested_at`;

interface Beginning {
  readonly folder: string;
  readonly warehouse: Warehouse;
  readonly load: RecordedLoad;
}

/** A process that wrote its files and its intention (one good record, one bad), and died. */
async function beginLoad({ key = false, owner = 'dead' } = {}): Promise<Beginning> {
  const folder = temporaryFolder();
  const store = await openTestStore(folder);
  await store.createTable(numbersTable(key ? ['a'] : []));
  await store.close();
  const warehouse = openWarehouse({ folder, engine: await engineOfTest() });
  onTestFinished(() => warehouse.close());
  const { metadata } = await loadTable(warehouse, table);
  const target = await prepareRows(warehouse, { table, select: `SELECT 7 AS a, ${audit}` });
  const rejected = `SELECT 'product_raw.t' AS target_table, 'v' AS vendor_name, 2 AS line, 'x' AS raw_row, 'load1' AS load_id`;
  const work = printWork({
    target,
    errors: await prepareRows(warehouse, { table: errors, select: rejected }),
    ...(key && { basedOn: metadata['current-snapshot-id'] ?? null }),
  });
  const load: RecordedLoad = {
    id: 'load1',
    kind: 'load',
    status: 'intended',
    table: 'product_raw.t',
    tableUuid: metadata['table-uuid'],
    optionsKey: '{}',
    file: 'f.csv',
    sha256: '7,x',
    vendor_name: 'v',
    rows_read: 2,
    rows_loaded: 1,
    rows_rejected: 1,
    replaces: null,
    run: 'run1',
    call: 'run1/s/c',
    contract: null,
    work,
    snapshotId: null,
    ingestedAtMs: Date.now(),
  };
  const ledger = openLedger(folder);
  expect(intendLoad(ledger, { load, lastNumber: 0 })).toBe(true);
  ledger.close();
  if (owner === 'dead') setOwner(folder);
  return { folder, warehouse, load };
}

/** By default one that has ended: no process of this machine has the number. */
function setOwner(folder: string, pid = 4_194_304): void {
  const database = new Database(join(folder, 'catalog.sqlite'));
  database.exec(`UPDATE lake_loads SET owner = substr(owner, 1, instr(owner, '/')) || '${pid}/1'`);
  database.close();
}

async function countAll(folder: string): Promise<unknown> {
  const store = await openTestStore(folder);
  const counts = {
    rows: await store.countRows('product_raw.t'),
    errors: await store.countRows('product_raw.ingest_errors'),
    loads: (await store.listLoads('product_raw.t')).length,
  };
  await store.close();
  return counts;
}

test('a load whose process died after its intention is finished by whoever opens the lake next, once', async () => {
  const { folder } = await beginLoad();
  expect(await countAll(folder)).toEqual({ rows: 1, errors: 1, loads: 1 });
  expect(await countAll(folder)).toEqual({ rows: 1, errors: 1, loads: 1 });
  const store = await openTestStore(folder);
  const again = await store.load(loadOf(numbersTable(), ['7', 'x']));
  expect(again).toMatchObject({ already_ingested: true, rows_loaded: 1, rows_rejected: 1 });
});

test('between its two commits: the first is not made twice', async () => {
  const { folder, warehouse, load } = await beginLoad();
  const { target } = JSON.parse(load.work ?? '') as { target: never };
  await appendPrepared(warehouse, { table, prepared: [target], summary: { 'aiworkflow.load': 'load1' } });
  expect(await countAll(folder)).toEqual({ rows: 1, errors: 1, loads: 1 });
});

test('a table with a key that changed since: the load is given up, its files go, the file can be loaded', async () => {
  const { folder, warehouse, load } = await beginLoad({ key: true });
  const other = await prepareRows(warehouse, {
    table,
    select: `SELECT 7 AS a, ${audit.replace('load1', 'other')}`,
  });
  await appendPrepared(warehouse, { table, prepared: [other] });
  expect(await countAll(folder)).toEqual({ rows: 1, errors: 0, loads: 0 });
  const { target } = JSON.parse(load.work ?? '') as { target: never };
  await expect(appendPrepared(warehouse, { table, prepared: [target] })).rejects.toMatchObject({
    code: 'DAMAGED',
  });
  const store = await openTestStore(folder);
  const report = await store.load(loadOf(numbersTable(['a']), ['7', 'x']));
  expect(report).toMatchObject({ rows_loaded: 0, rows_rejected: 2 });
  expect(report.rejects_by_reason.map(({ reason }) => reason)).toEqual(['duplicate_key', 'invalid_integer']);
});

test('a load that a living process is at is left to it', async () => {
  const { folder } = await beginLoad({ owner: 'this process' });
  expect(await countAll(folder)).toEqual({ rows: 0, errors: 0, loads: 0 });
  setOwner(folder, process.ppid);
  expect(await countAll(folder)).toEqual({ rows: 0, errors: 0, loads: 0 });
  setOwner(folder);
  expect(await countAll(folder)).toEqual({ rows: 1, errors: 1, loads: 1 });
});

test('a ledger that fails after both commits: the load is there once', async () => {
  const folder = temporaryFolder();
  const store = await openTestStore(folder);
  await store.createTable(numbersTable());
  const database = new Database(join(folder, 'catalog.sqlite'));
  database.exec(`CREATE TRIGGER fails BEFORE UPDATE ON lake_loads WHEN NEW.status = 'done'
    BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
  await expect(store.load(loadOf(numbersTable(), ['1', 'x']))).rejects.toThrow('disk full');
  await store.close();
  database.exec('DROP TRIGGER fails');
  database.close();
  expect(await countAll(folder)).toEqual({ rows: 1, errors: 1, loads: 1 });
});

/** A load of a dead process one of whose files is gone. */
async function loseFile(half: 'target' | 'errors') {
  const begun = await beginLoad();
  const { files } = (JSON.parse(begun.load.work ?? '') as Record<string, PreparedRows>)[half] as PreparedRows;
  const path = fileURLToPath(files[0]?.location ?? '');
  const kept = readFileSync(path);
  rmSync(path);
  return { ...begun, path, bringBack: () => writeFileSync(path, kept) };
}

/** As `lake abandon` does it. */
async function giveUp(folder: string, load = 'load1') {
  const warehouse = openWarehouse({ folder, engine: await engineOfTest() });
  const ledger = openLedger(folder);
  try {
    return await giveUpLoad({ warehouse, ledger }, { load, by: 'Ada', why: 'the disk was replaced' });
  } finally {
    ledger.close();
    warehouse.close();
  }
}

test('a load with a lost file: every table is read, other tables are written, its own waits and says why', async () => {
  const { folder, path } = await loseFile('target');
  const store = await openTestStore(folder);
  expect(await store.countRows('product_raw.t')).toBe(0);
  expect((await store.query('SELECT count(*) AS n FROM product_raw.t')).rows).toEqual([{ n: 0 }]);
  const other = { ...numbersTable(), table: 'product_raw.other' };
  await store.createTable(other);
  expect(await store.load(loadOf(other, ['1']))).toMatchObject({ rows_loaded: 1 });
  const writes = [
    () => store.load(loadOf(numbersTable(), ['7', 'x'])),
    () => store.load(loadOf(numbersTable(), ['8'])),
    () => store.writeMapping({ target: 'product_raw.t', select: 'SELECT 1 AS a', mode: 'overwrite' }),
    () => store.evolve({ table: 'product_raw.t', changes: [{ change: 'add', column: 'b', type: 'DATE' }] }),
    () => store.compact('product_raw.t', undefined),
  ];
  for (const write of writes) {
    const { message } = (await write().catch((error: unknown) => error)) as Error;
    expect(message).toContain('The load load1 of f.csv into product_raw.t was begun and cannot be finished');
    expect(message).toContain(`its data file ${basename(path)} is gone`);
    expect(message).toContain('aiworkflow lake abandon load1 --why');
  }
  expect(await store.countRows('product_raw.t')).toBe(0);
});

test.each(['target', 'errors'] as const)(
  'the lost file of the %s is brought back: the load is finished',
  async (half) => {
    const { folder, bringBack } = await loseFile(half);
    const store = await openTestStore(folder);
    bringBack();
    expect(await store.load(loadOf(numbersTable(), ['7', 'x']))).toMatchObject({ already_ingested: true });
    expect(await countAll(folder)).toEqual({ rows: 1, errors: 1, loads: 1 });
  },
);

test('a load that is given up before its first commit: nothing of it is there, the file can be loaded', async () => {
  const { folder } = await loseFile('target');
  expect(await giveUp(folder)).toMatchObject({ outcome: 'given up', table: 'product_raw.t', file: 'f.csv' });
  const ledger = openLedger(folder);
  expect(ledger.prepare('SELECT load_id, given_up_by, reason FROM lake_given_up').all()).toEqual([
    { load_id: 'load1', given_up_by: 'Ada', reason: 'the disk was replaced' },
  ]);
  ledger.close();
  const store = await openTestStore(folder);
  expect(await store.load(loadOf(numbersTable(), ['7', 'x']))).toMatchObject({
    rows_loaded: 1,
    rows_rejected: 1,
  });
  expect(await countAll(folder)).toEqual({ rows: 1, errors: 1, loads: 1 });
});

test('a load whose rows are in the table, and whose rejects are lost, keeps its rows; with force it is whole again', async () => {
  const { folder } = await loseFile('errors');
  // Whoever opens the lake commits the first half, and cannot commit the second.
  expect(await countAll(folder)).toEqual({ rows: 1, errors: 0, loads: 0 });
  expect(await giveUp(folder)).toMatchObject({ outcome: 'kept without rejects' });
  expect(await countAll(folder)).toEqual({ rows: 1, errors: 0, loads: 1 });
  const store = await openTestStore(folder);
  const again = loadOf(numbersTable(), ['7', 'x']);
  expect(await store.load({ ...again, force: true })).toMatchObject({ replaced_previous_load: true });
  await store.close();
  expect(await countAll(folder)).toEqual({ rows: 1, errors: 1, loads: 1 });
});

test('what can be finished is finished and not given up; what a living process is at, and what is not there, is refused', async () => {
  const { folder } = await beginLoad({ owner: 'this process' });
  setOwner(folder, process.ppid);
  await expect(giveUp(folder)).rejects.toThrow('is under way');
  setOwner(folder);
  expect(await giveUp(folder)).toMatchObject({ outcome: 'finished' });
  await expect(giveUp(folder)).rejects.toThrow('There is no unfinished load "load1"');
  expect(await countAll(folder)).toEqual({ rows: 1, errors: 1, loads: 1 });
});
