import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { approveRequest } from '../../../src/servers/lake/storage/decide-requests.ts';
import { openLedger } from '../../../src/servers/lake/storage/lake-ledger.ts';
import type { TableStore } from '../../../src/servers/lake/storage/table-store.ts';
import { breakCommits } from './support/break-commits.ts';
import { openTestLake, type Row, temporaryFolder } from './support/open-test-lake.ts';
import { loadOf, numbersTable, openTestStore } from './support/open-test-store.ts';

const errors = 'product_raw.ingest_errors';
const file = () => loadOf(numbersTable(), ['1', 'x']);

async function openNumbers(): Promise<{ folder: string; store: TableStore }> {
  const folder = temporaryFolder();
  const store = await openTestStore(folder);
  await store.createTable(numbersTable());
  return { folder, store };
}

const counts = async (store: TableStore) => [
  await store.countRows('product_raw.t'),
  await store.countRows(errors),
  (await store.listLoads('product_raw.t')).length,
];

const statuses = (folder: string): unknown[] => {
  const ledger = openLedger(folder);
  try {
    return ledger.prepare('SELECT status FROM lake_loads ORDER BY number').pluck().all();
  } finally {
    ledger.close();
  }
};

test.each<[name: string, again: (store: TableStore) => Promise<unknown>]>([
  ['the same load', (store) => store.load(file())],
  [
    'a mapping',
    (store) => store.writeMapping({ target: 'core.x', select: 'SELECT 1 AS a', mode: 'overwrite' }),
  ],
  ['a read', (store) => store.query(`SELECT count(*) AS n FROM ${errors}`)],
])(
  'a second commit that fails, in a process that lives on: the call names the load, and %s makes it whole',
  async (_name, again) => {
    const { folder, store } = await openNumbers();
    const broken = breakCommits(folder, 'ingest_errors');
    const load = /The load \w{16} of f.csv into product_raw.t was begun and/;
    await expect(store.load(file())).rejects.toThrow(load);
    await expect(store.load(file())).rejects.toThrow(load);
    await expect(store.load(loadOf(numbersTable(), ['2']))).rejects.toThrow(load);
    expect(await counts(store)).toEqual([1, 0, 0]);
    broken.mend();
    await again(store);
    expect(await counts(store)).toEqual([1, 1, 1]);
    expect(statuses(folder)).toEqual(['done']);
    expect(await store.load(file())).toMatchObject({
      already_ingested: true,
      rows_loaded: 1,
      rows_rejected: 1,
    });
  },
);

test('a load whose rejects cannot be written leaves no file of its rows', async () => {
  const { folder, store } = await openNumbers();
  const paths = () => readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const metadata = paths().find((path) => /ingest_errors[^/]*\/metadata$/.test(path)) ?? '';
  const data = join(folder, dirname(metadata), 'data');
  rmSync(data, { recursive: true, force: true });
  writeFileSync(data, 'a file in the place of the folder');
  await expect(store.load(file())).rejects.toThrow();
  expect(paths().filter((path) => path.endsWith('.parquet'))).toEqual([]);
  rmSync(data);
  await store.load(file());
  expect(await counts(store)).toEqual([1, 1, 1]);
});

test('a load that replaces another and whose second commit fails is in its table once', async () => {
  const { folder, store } = await openNumbers();
  await store.load(file());
  const broken = breakCommits(folder, 'ingest_errors');
  await expect(store.load({ ...file(), force: true })).rejects.toThrow('is not finished');
  expect(await store.countRows('product_raw.t')).toBe(1);
  broken.mend();
  expect(await store.load(file())).toMatchObject({ already_ingested: true });
  expect(await counts(store)).toEqual([1, 1, 1]);
  expect(statuses(folder)).toEqual(['done', 'done']);
});

test('rejects are those of the loads in force: a rollback brings back those of the load that was replaced', async () => {
  const warehouse = join(temporaryFolder(), 'lake');
  const lake = await openTestLake({ 'p.csv': 'sku;price\na;1.00\nb;2,50\nc;3,50\nd;x\n' }, { warehouse });
  const table = 'product_raw.p';
  const columns = [
    { name: 'sku', type: 'VARCHAR' },
    { name: 'price', type: 'DECIMAL(8,2)' },
  ];
  await lake.call('create_table', { table, columns });
  const ingest = (options: Row) => lake.call('ingest', { path: 'p.csv', table, vendor_name: 'v', options });
  const lines = async () =>
    (await lake.rows(`SELECT line FROM ${errors} ORDER BY line`)).map((row) => row['line']);
  const listed = async () =>
    ((await lake.call('list_tables'))['tables'] as Row[]).find((one) => one['table'] === errors)?.['rows'];
  await ingest({ decimal_separator: '.' });
  expect(await lines()).toEqual([3, 4, 5]);
  expect(await ingest({ decimal_separator: ',' })).toMatchObject({ replaced_previous_load: true });
  const replaced = await lines();
  expect(replaced).not.toEqual([3, 4, 5]);
  expect(await listed()).toBe(replaced.length);
  const snapshots = (await lake.call('table_history', { table }))['snapshots'] as Row[];
  await lake.call('rollback_snapshot', { table, snapshot: snapshots.at(-1)?.['snapshot'], reason: 'r' });
  await approveRequest(warehouse, { request: 1, who: 'ada' });
  expect(await lines()).toEqual([3, 4, 5]);
  expect(await listed()).toBe(3);
  expect(await ingest({ decimal_separator: '.' })).toMatchObject({
    already_ingested: true,
    rows_rejected: 3,
  });
});

test('a load that took long to read is not gone before its commits had their time', async () => {
  const { folder, store } = await openNumbers();
  const ledger = openLedger(folder);
  onTestFinished(() => void ledger.close());
  const broken = breakCommits(folder, 'ingest_errors');
  await expect(store.load(file())).rejects.toThrow('is not finished');
  broken.mend();
  // On another machine, which cannot be asked: read for an hour, begun a moment ago.
  ledger
    .prepare("UPDATE lake_loads SET owner = 'elsewhere/1/1', ingested_at_ms = ?, intended_at_ms = ?")
    .run(Date.now() - 3_600_000, Date.now() - 1000);
  await store.load(loadOf(numbersTable(), ['2']));
  expect(statuses(folder)).toEqual(['intended', 'done']);
  ledger
    .prepare("UPDATE lake_loads SET intended_at_ms = ? WHERE status = 'intended'")
    .run(Date.now() - 700_000);
  await store.load(loadOf(numbersTable(), ['3']));
  expect(statuses(folder)).toEqual(['done', 'done', 'done']);
});

test('a ledger of an earlier version is opened, and its loads are known', async () => {
  const { folder, store } = await openNumbers();
  await store.load(file());
  await store.close();
  const database = new Database(join(folder, 'catalog.sqlite'));
  database.exec('ALTER TABLE lake_loads DROP COLUMN kind; ALTER TABLE lake_loads DROP COLUMN intended_at_ms');
  database.close();
  const again = await openTestStore(folder);
  expect(await again.load(file())).toMatchObject({ already_ingested: true });
  expect(await counts(again)).toEqual([1, 1, 1]);
});
