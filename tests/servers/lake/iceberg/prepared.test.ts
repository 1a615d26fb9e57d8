import { existsSync, rmSync, truncateSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { DataFile } from '../../../../src/servers/lake/iceberg/avro/data-file.ts';
import { pathOf } from '../../../../src/servers/lake/iceberg/files/locations.ts';
import {
  appendPrepared,
  appendRows,
  changePartitioning,
  compactFiles,
  createTable,
  discardPrepared,
  dropTable,
  findSnapshot,
  listOrphans,
  loadTable,
  openWarehouse,
  overwritePrepared,
  type PreparedRows,
  parsePrepared,
  planFiles,
  prepareRows,
  rollbackTo,
  tableName,
} from '../../../../src/servers/lake/iceberg/index.ts';
import { dataFilesOf, prepareFiles } from '../../../../src/servers/lake/iceberg/write/prepared-rows.ts';
import { targetOf, writeDataFiles } from '../../../../src/servers/lake/iceberg/write/write-data-files.ts';
import { sorted, type TestWarehouse, warehouseOfTest, withShortcuts } from './support/test-warehouse.ts';

const table = tableName('bronze.prices');
const columns = [
  { name: 'vendor', type: 'string' },
  { name: 'n', type: 'int' },
] as const;
const partitionedBy = [{ column: 'vendor', transform: 'identity' }];
const row = (vendor: string, n: number) => `SELECT '${vendor}' AS vendor, ${n} AS n`;
const future = () => Date.now() + 60_000;

async function lakeOfTest(): Promise<TestWarehouse> {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', { columns, partitionedBy });
  return lake;
}

async function rowsOf(lake: TestWarehouse): Promise<string[]> {
  return (await lake.rows('bronze.prices')).map(({ vendor, n }) => `${vendor}${n}`).sort();
}

/** Through its text, as it is kept in a database. */
function kept(prepared: PreparedRows): PreparedRows {
  return parsePrepared(JSON.stringify(prepared));
}

const odd = `SELECT * FROM (VALUES
  ('NaN'::DOUBLE, 9223372036854775807, 'a/b=ü 😀', '\\xAA\\x00'::BLOB, true, DATE '0001-01-01', 12.30),
  (-0.0::DOUBLE, -9223372036854775808, '', ''::BLOB, false, DATE '9999-12-31', -0.01),
  ('-inf'::DOUBLE, 0, NULL, NULL, NULL, NULL, NULL)) AS t(d, l, s, b, flag, day, small)`;

test.each(['d', 'l', 's', 'b', 'flag', 'day', 'small'])(
  'files that were prepared are the same after they were kept as JSON, partitioned by %s',
  async (column) => {
    const lake = await warehouseOfTest();
    const types = { d: 'double', l: 'long', s: 'string', b: 'binary', flag: 'boolean', day: 'date' };
    const all = Object.entries({ ...types, small: 'decimal(10,2)' }).map(([name, type]) => ({ name, type }));
    const name = 'bronze.odd';
    await lake.create(name, { columns: all, partitionedBy: [{ column, transform: 'identity' }] });
    const { metadata } = await loadTable(lake, tableName(name));
    const written = await writeDataFiles(lake.engine, { target: targetOf(metadata), select: odd });
    const prepared = kept(prepareFiles(metadata['table-uuid'], written));
    // Node's Buffer and the Uint8Array that was written are equal bytes, and not equal objects.
    const plain = (files: readonly DataFile[]) =>
      files.map((file) => ({
        ...file,
        partition: file.partition.map((value) => (value instanceof Uint8Array ? [...value] : value)),
        lowerBounds: [...file.lowerBounds].map(([id, bytes]) => [id, [...bytes]]),
        upperBounds: [...file.upperBounds].map(([id, bytes]) => [id, [...bytes]]),
      }));
    expect(plain(dataFilesOf([prepared]))).toEqual(plain(written));
    await appendPrepared(lake, { table: tableName(name), prepared: [prepared] });
    const rows = await lake.rows(name);
    expect(sorted(rows)).toEqual(sorted((await lake.engine.run(odd)) as never));
    for (const row of rows.filter(({ l }) => l !== null)) {
      const where = { column: 'l', is: '=', value: String(row['l']) } as const;
      expect(await lake.rows(name, { where })).toEqual([row]);
    }
  },
);

test('prepared rows are known to nobody until they are appended, several sets in one snapshot', async () => {
  const lake = await lakeOfTest();
  const first = await prepareRows(lake, { table, select: row('a', 1) });
  await changePartitioning(lake, { table, partitionedBy: [{ column: 'n', transform: 'bucket[4]' }] });
  const second = await prepareRows(lake, { table, select: row('b', 2) });
  expect(await rowsOf(lake)).toEqual([]);
  const written = await appendPrepared(lake, {
    table,
    prepared: [kept(first), kept(second)],
    summary: { 'my.load': '7' },
  });
  expect(written).toMatchObject({ addedRows: 2, removedRows: 0, isRepeated: false });
  expect(await rowsOf(lake)).toEqual(['a1', 'b2']);
  expect(written.state.metadata.snapshots).toHaveLength(1);
  const { counts } = await planFiles(lake, { table, where: { column: 'vendor', is: '=', value: 'b' } });
  expect(counts).toMatchObject({ manifests: 2, manifestsSkipped: 1 });
});

test('prepared rows that another one opens the warehouse for are appended there', async () => {
  const lake = await lakeOfTest();
  const text = JSON.stringify(await prepareRows(lake, { table, select: row('a', 1) }));
  lake.catalog.close();
  const again = withShortcuts(openWarehouse({ folder: lake.folder, engine: lake.engine }));
  await appendPrepared(again, { table, prepared: [parsePrepared(text)] });
  expect(await rowsOf(again)).toEqual(['a1']);
  again.close();
});

test('a commit that is made again is made once, by any number of writers at a time', async () => {
  const lake = await lakeOfTest();
  const prepared = [await prepareRows(lake, { table, select: row('a', 1) })];
  const load = { table, prepared, summary: { 'my.load': '7' }, once: 'my.load' };
  const written = await Promise.all([1, 2, 3].map(() => appendPrepared(lake, load)));
  expect(written.map(({ isRepeated }) => isRepeated).sort()).toEqual([false, true, true]);
  expect(new Set(written.map(({ snapshotId }) => snapshotId)).size).toBe(1);
  expect(await rowsOf(lake)).toEqual(['a1']);
  const { snapshotId } = await appendRows(lake, { table, select: row('b', 2) });
  const replaced = await overwritePrepared(lake, { ...load, replaces: 'everything' });
  const replacedRows = await overwritePrepared(lake, {
    ...load,
    replaces: { column: 'n', is: '=', value: 1 },
    basedOn: null,
  });
  expect([replaced, replacedRows]).toMatchObject([{ isRepeated: true }, { isRepeated: true }]);
  const { metadata } = await loadTable(lake, table);
  expect(metadata['current-snapshot-id']).toBe(snapshotId);
  expect(await listOrphans(lake, { table, olderThanMs: future() })).toEqual([]);
});

test('a snapshot is found by what its summary says, in the history or behind a rollback', async () => {
  const lake = await lakeOfTest();
  const first = await appendRows(lake, { table, select: row('a', 1), summary: { load: '1' } });
  const second = await appendRows(lake, { table, select: row('b', 2), summary: { load: '2' } });
  const { metadata } = await rollbackTo(lake, { table, snapshotId: first.snapshotId });
  const find = (value: string, among?: 'all') =>
    findSnapshot(metadata, { key: 'load', value, ...(among && { among }) })?.['snapshot-id'];
  expect([find('1'), find('2'), find('2', 'all'), find('3', 'all')]).toEqual([
    first.snapshotId,
    undefined,
    second.snapshotId,
    undefined,
  ]);
});

test('rows that were made from an older state are refused, and compactions do not count', async () => {
  const lake = await lakeOfTest();
  await appendRows(lake, { table, select: row('a', 0), basedOn: null });
  await expect(appendRows(lake, { table, select: row('a', 9), basedOn: null })).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  const { snapshotId } = await appendRows(lake, { table, select: row('a', 1) });
  await compactFiles(lake, { table });
  const prepared = [await prepareRows(lake, { table, select: row('b', 2) })];
  await appendPrepared(lake, { table, prepared, basedOn: snapshotId });
  const late = [await prepareRows(lake, { table, select: row('c', 3) })];
  const request = { table, prepared: late, basedOn: snapshotId };
  await expect(appendPrepared(lake, request)).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(overwritePrepared(lake, { ...request, replaces: 'everything' })).rejects.toMatchObject({
    code: 'CONFLICT',
  });
  expect(await rowsOf(lake)).toEqual(['a0', 'a1', 'b2']);
  // What was prepared is the caller's: it stays, and goes when it says so.
  expect(await listOrphans(lake, { table, olderThanMs: future() })).toHaveLength(1);
  await discardPrepared(lake, { table, prepared: [...late, ...prepared] });
  expect(await listOrphans(lake, { table, olderThanMs: future() })).toEqual([]);
  expect(await rowsOf(lake)).toEqual(['a0', 'a1', 'b2']);
});

test('prepared rows take the place of everything, of their partitions, of rows', async () => {
  const lake = await lakeOfTest();
  await appendRows(lake, {
    table,
    select: `${row('a', 1)} UNION ALL ${row('b', 1)} UNION ALL ${row('b', 2)}`,
  });
  const put = async (select: string, replaces: Parameters<typeof overwritePrepared>[1]['replaces']) => {
    const prepared = [kept(await prepareRows(lake, { table, select }))];
    await overwritePrepared(lake, { table, prepared, replaces });
    return rowsOf(lake);
  };
  expect(await put(row('a', 5), 'partitions')).toEqual(['a5', 'b1', 'b2']);
  expect(await put(row('c', 1), { column: 'n', is: '=', value: 1 })).toEqual(['a5', 'b2', 'c1']);
  expect(await put(row('d', 9), 'everything')).toEqual(['d9']);
});

test.each([
  ['is missing', (path: string) => rmSync(path), /is gone/],
  ['is cut off', (path: string) => truncateSync(path, 10), /has 10 bytes/],
])('a prepared file that %s is not taken into the table', async (_what, damage, message) => {
  const lake = await lakeOfTest();
  const prepared = await prepareRows(lake, { table, select: row('a', 1) });
  const path = pathOf(prepared.files[0]!.location);
  damage(path);
  const failed = await appendPrepared(lake, { table, prepared: [prepared] }).catch((error) => error);
  expect(failed).toMatchObject({ code: 'DAMAGED', message: expect.stringMatching(message) });
  expect(failed.message).toContain(path);
  expect((await loadTable(lake, table)).metadata.snapshots).toEqual([]);
});

test('rows that were prepared for a table that was made again are refused', async () => {
  const lake = await lakeOfTest();
  const prepared = await prepareRows(lake, { table, select: row('a', 1) });
  await dropTable(lake, { table });
  await createTable(lake, { table, columns });
  await expect(appendPrepared(lake, { table, prepared: [prepared] })).rejects.toMatchObject({
    code: 'INVALID',
  });
  expect(existsSync(pathOf(prepared.files[0]!.location))).toBe(true);
});

test.each(['', '{}', '{"tableUuid":"x","rowCount":1,"files":[{}]}', null])(
  '%j is no list of prepared files',
  (json) => {
    expect(() => parsePrepared(json)).toThrow(expect.objectContaining({ code: 'DAMAGED' }));
  },
);
