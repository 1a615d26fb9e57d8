import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { pathOf } from '../../../../src/servers/lake/iceberg/files/locations.ts';
import {
  appendRows,
  changeProperties,
  changeSchema,
  compactFiles,
  dropTable,
  expireSnapshots,
  listOrphans,
  listStrayFiles,
  loadTable,
  overwriteRows,
  planFiles,
  relocateWarehouse,
  removeOrphans,
  tableName,
  type Warehouse,
} from '../../../../src/servers/lake/iceberg/index.ts';
import { temporaryFolder, warehouseOfTest } from './support/test-warehouse.ts';

const table = tableName('bronze.prices');
const columns = [
  { name: 'vendor', type: 'string' },
  { name: 'n', type: 'int' },
] as const;
const partitionedBy = [{ column: 'vendor', transform: 'identity' }];
const future = () => Date.now() + 60_000;

async function appendEach(lake: Warehouse, count: number): Promise<void> {
  for (let n = 0; n < count; n++)
    await appendRows(lake, { table, select: `SELECT 'v' AS vendor, ${n} AS n` });
}

test('expired snapshots take with them the files that only they needed', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', { columns, partitionedBy });
  await appendEach(lake, 4);
  await compactFiles(lake, { table });
  const before = await loadTable(lake, table);
  const { snapshotIds, removedFiles, state } = await expireSnapshots(lake, {
    table,
    olderThanMs: future(),
    keepLast: 1,
    graceMs: 0,
  });
  expect(snapshotIds).toEqual(
    before.metadata.snapshots.slice(0, 4).map((snapshot) => snapshot['snapshot-id']),
  );
  expect(removedFiles.filter((path) => path.endsWith('.parquet'))).toHaveLength(4);
  expect(removedFiles.some((path) => existsSync(path))).toBe(false);
  expect((await lake.rows('bronze.prices')).map((row) => row['n']).sort()).toEqual([0, 1, 2, 3]);
  expect(state.metadata['snapshot-log']).toHaveLength(1);
  expect(await listOrphans(lake, { table, olderThanMs: future() })).toEqual([]);
  const none = await expireSnapshots(lake, { table, olderThanMs: 1 });
  expect(none.snapshotIds).toEqual([]);
});

test('a tag keeps its snapshot, and shared files are never removed', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', { columns });
  await appendEach(lake, 3);
  const { metadata, location } = await loadTable(lake, table);
  const [first] = metadata.snapshots;
  const { printMetadataJson } = await import(
    '../../../../src/servers/lake/iceberg/metadata/metadata-json.ts'
  );
  const tagged = {
    ...metadata,
    refs: { ...metadata.refs, audit: { type: 'tag', 'snapshot-id': first!['snapshot-id'] } },
  };
  writeFileSync(pathOf(location), printMetadataJson(tagged));
  const { snapshotIds } = await expireSnapshots(lake, { table, olderThanMs: future(), graceMs: 0 });
  expect(snapshotIds).toEqual([metadata.snapshots[1]!['snapshot-id']]);
  expect(await lake.rows('bronze.prices', { at: { snapshotId: first!['snapshot-id'] } })).toHaveLength(1);
  await changeProperties(lake, { table, properties: { 'gc.enabled': 'false' } });
  await expect(expireSnapshots(lake, { table, olderThanMs: future(), graceMs: 0 })).rejects.toMatchObject({
    code: 'INVALID',
  });
});

test('files that no snapshot needs are listed, and removed when they are old enough', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', { columns });
  await appendEach(lake, 2);
  const { metadata } = await loadTable(lake, table);
  const stray = join(pathOf(metadata.location), 'data', 'rows-stray.parquet');
  writeFileSync(stray, 'half');
  expect(await listOrphans(lake, { table, olderThanMs: Date.now() - 3_600_000 })).toEqual([]);
  expect(await removeOrphans(lake, { table, olderThanMs: future() })).toEqual([
    expect.objectContaining({ path: stray, sizeBytes: 4 }),
  ]);
  expect(existsSync(stray)).toBe(false);
  expect(await lake.rows('bronze.prices')).toHaveLength(2);
});

test('compaction puts small files of a partition together and leaves the rows', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', { columns, partitionedBy });
  await appendEach(lake, 5);
  await appendRows(lake, { table, select: "SELECT 'other' AS vendor, 9 AS n" });
  await changeSchema(lake, { table, changes: [{ change: 'rename', column: 'n', to: 'number' }] });
  const { filesBefore, filesAfter, written } = await compactFiles(lake, { table });
  expect([filesBefore, filesAfter]).toEqual([5, 1]);
  const { snapshots } = written!.state.metadata;
  expect(snapshots.at(-1)!.summary).toMatchObject({
    operation: 'replace',
    'added-records': '5',
    'deleted-records': '5',
    'total-records': '6',
    'total-data-files': '2',
  });
  expect((await lake.rows('bronze.prices')).map((row) => row['number']).sort()).toEqual([0, 1, 2, 3, 4, 9]);
  expect(await compactFiles(lake, { table })).toEqual({ filesBefore: 0, filesAfter: 0, written: undefined });
});

test('after many commits a read still opens few manifests', { timeout: 120_000 }, async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', { columns, properties: { 'commit.manifest.min-count-to-merge': '10' } });
  await appendEach(lake, 35);
  const plan = await planFiles(lake, { table });
  expect(plan.files).toHaveLength(35);
  expect(plan.counts.manifests).toBeLessThan(12);
  const [first] = plan.state.metadata.snapshots;
  expect(await lake.rows('bronze.prices', { at: { snapshotId: first!['snapshot-id'] } })).toHaveLength(1);
  const metadataFolder = join(pathOf(plan.state.metadata.location), 'metadata');
  expect(await listOrphans(lake, { table, olderThanMs: future() })).toEqual([]);
  expect(readdirSync(metadataFolder).filter((name) => name.endsWith('.metadata.json'))).toHaveLength(36);
});

test.each(['moved', 'copied'])(
  'a warehouse that was %s says so, and is read and written after it was relocated',
  async (how) => {
    const above = temporaryFolder();
    const old = await warehouseOfTest(join(above, 'old'));
    await old.create('bronze.prices', { columns, partitionedBy });
    await old.create('bronze.empty', { columns });
    await appendEach(old, 3);
    const before = (await loadTable(old, table)).metadata;
    const first = before.snapshots[0]!;
    const folder = join(above, 'new place', 'warehouse');
    cpSync(join(above, 'old'), folder, { recursive: true });
    if (how === 'moved') renameSync(join(above, 'old'), join(above, 'gone'));
    const lake = await warehouseOfTest(folder);
    await expect(lake.rows('bronze.prices')).rejects.toMatchObject({ code: 'MOVED' });
    await expect(appendEach(lake, 1)).rejects.toMatchObject({ code: 'MOVED' });
    const relocated = await relocateWarehouse(lake);
    expect(relocated.map((done) => done.table.name).sort()).toEqual(['empty', 'prices']);
    expect(await relocateWarehouse(lake)).toEqual([]);
    // No row was changed, and nothing is left that names the old place.
    expect((await loadTable(lake, table)).metadata['last-updated-ms']).toBe(before['last-updated-ms']);
    expect(await listOrphans(lake, { table, olderThanMs: future() })).toEqual([]);
    const { files } = await planFiles(lake, { table });
    expect(files.every(({ file }) => pathOf(file.location).startsWith(`${folder}/`))).toBe(true);
    await appendEach(lake, 1);
    expect((await lake.rows('bronze.prices')).map((row) => row['n']).sort()).toEqual([0, 0, 1, 2]);
    expect(await lake.rows('bronze.prices', { at: { snapshotId: first['snapshot-id'] } })).toEqual([
      { vendor: 'v', n: 0 },
    ]);
    expect(await lake.rows('bronze.empty')).toEqual([]);
    if (how === 'copied') expect(await old.rows('bronze.prices')).toHaveLength(3);
  },
);

test('files beside the tables are told apart: what is of no use, and what a person must judge', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', { columns });
  await lake.create('bronze.dropped', { columns });
  await appendEach(lake, 1);
  await appendRows(lake, { table: tableName('bronze.dropped'), select: "SELECT 'v' AS vendor, 1 AS n" });
  await dropTable(lake, { table: tableName('bronze.dropped') });
  // A writer that died while it made a table, and one that died while DuckDB spilled.
  for (const [path, text] of [
    ['bronze/half/metadata/v1.metadata.json', '{}'],
    ['.scratch/77-1/duckdb_temp_storage-0.tmp', 'x'],
    ['notes.txt', 'x'],
  ] as const) {
    mkdirSync(dirname(join(lake.folder, path)), { recursive: true });
    writeFileSync(join(lake.folder, path), text);
  }
  const listed = async (olderThanMs: number) =>
    (await listStrayFiles(lake, { olderThanMs })).map(({ path, isUseless }) => [
      path.slice(lake.folder.length + 1),
      isUseless,
    ]);
  const found = new Map((await listed(future())) as [string, boolean][]);
  expect(found.get('.scratch/77-1/duckdb_temp_storage-0.tmp')).toBe(true);
  expect(found.get('bronze/half/metadata/v1.metadata.json')).toBe(true);
  expect(found.get('notes.txt')).toBe(false);
  expect(
    [...found].filter(([path]) => path.startsWith('bronze/dropped/')).every(([, isUseless]) => !isUseless),
  ).toBe(true);
  expect(
    [...found.keys()].some((path) => path.startsWith('bronze/prices/') || path.startsWith('catalog')),
  ).toBe(false);
  expect(await listed(Date.now() - 60_000)).toEqual([]);
});

test.each(["it's", '[a]', 'a*b', 'sp ace ü 😀', 'a{b,c}', '$HOME'])(
  'a warehouse may be in a folder named %s',
  async (name) => {
    const lake = await warehouseOfTest(join(temporaryFolder(), name));
    await lake.create('bronze.prices', { columns, partitionedBy });
    await appendEach(lake, 2);
    await overwriteRows(lake, { table, where: { column: 'n', is: '=', value: 0 } });
    await compactFiles(lake, { table });
    expect((await lake.rows('bronze.prices')).map((row) => row['n'])).toEqual([1]);
  },
);
