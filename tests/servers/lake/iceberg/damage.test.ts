import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import type { DataFile } from '../../../../src/servers/lake/iceberg/avro/data-file.ts';
import { ManifestWriter } from '../../../../src/servers/lake/iceberg/commit/manifest-writer.ts';
import { locationOf, pathOf } from '../../../../src/servers/lake/iceberg/files/locations.ts';
import {
  appendRows,
  compactFiles,
  listOrphans,
  loadTable,
  overwriteRows,
  planFiles,
  removeOrphans,
  tableName,
} from '../../../../src/servers/lake/iceberg/index.ts';
import {
  parseMetadataJson,
  printMetadataJson,
} from '../../../../src/servers/lake/iceberg/metadata/metadata-json.ts';
import { readManifestList } from '../../../../src/servers/lake/iceberg/read/live-files.ts';
import { type TestWarehouse, warehouseOfTest } from './support/test-warehouse.ts';

const table = tableName('bronze.prices');

async function lakeWithRows(): Promise<TestWarehouse> {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', { columns: [{ name: 'id', type: 'int' }] });
  await appendRows(lake, { table, select: 'SELECT i::INT AS id FROM range(5) AS r(i)' });
  return lake;
}

type Metadata = Record<string, unknown>;

/** Changes the current metadata file in place, as another writer would have written it. */
async function edit(lake: TestWarehouse, change: (metadata: Metadata) => Metadata): Promise<void> {
  const path = pathOf((await loadTable(lake, table)).location);
  writeFileSync(path, printMetadataJson(change(parseMetadataJson(readFileSync(path, 'utf8')) as Metadata)));
}

const v2 = (metadata: Metadata) => metadata as unknown as Awaited<ReturnType<typeof loadTable>>['metadata'];

test.each([
  ['of a newer version', (metadata: Metadata) => ({ ...metadata, 'format-version': 3 }), 'UNSUPPORTED'],
  ['of an unknown version', (metadata: Metadata) => ({ ...metadata, 'format-version': '2' }), 'UNSUPPORTED'],
  ['without a schema', (metadata: Metadata) => ({ ...metadata, schemas: [] }), 'DAMAGED'],
  ['without its partition spec', (metadata: Metadata) => ({ ...metadata, 'default-spec-id': 7 }), 'DAMAGED'],
  ['without its snapshot', (metadata: Metadata) => ({ ...metadata, snapshots: [] }), 'NOT_FOUND'],
  [
    'partitioned by an unknown transform',
    (metadata: Metadata) => ({
      ...metadata,
      'partition-specs': [
        { 'spec-id': 0, fields: [{ 'source-id': 1, 'field-id': 1000, name: 'z', transform: 'zorder' }] },
      ],
    }),
    'UNSUPPORTED',
  ],
])('metadata %s is refused, for reading and for writing', async (_name, change, code) => {
  const lake = await lakeWithRows();
  await edit(lake, change);
  await expect(lake.rows('bronze.prices')).rejects.toMatchObject({ code });
  await expect(appendRows(lake, { table, select: 'SELECT 1 AS id' })).rejects.toMatchObject({ code });
});

test.each(['metadata', 'list', 'manifest'])(
  'a %s file that is cut off or missing is told, never read as fewer rows',
  async (which) => {
    const lake = await lakeWithRows();
    const { metadata, location } = await loadTable(lake, table);
    const [snapshot] = metadata.snapshots;
    const [manifest] = await readManifestList(snapshot);
    const path = pathOf(
      { metadata: location, list: snapshot!['manifest-list'], manifest: manifest!.location }[which]!,
    );
    const whole = readFileSync(path);
    // Every length of the list, because one of them ends where a list without manifests would.
    const stepBytes = which === 'list' ? 1 : 97;
    for (let length = whole.length - 1; length >= 0; length -= stepBytes) {
      truncateSync(path, length);
      const failed = await planFiles(lake, { table }).catch((error: unknown) => error);
      expect(failed, `${length} bytes`).toMatchObject({
        code: 'DAMAGED',
        message: expect.stringContaining(basename(path)),
      });
      writeFileSync(path, whole);
    }
    rmSync(path);
    await expect(lake.rows('bronze.prices')).rejects.toMatchObject({
      code: 'DAMAGED',
      message: expect.stringContaining(basename(path)),
    });
  },
);

/** 200 kB in place of two pages: the file has its size and its end, and cannot be read between them. */
function overwriteMiddle(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0xab, 1000, bytes.length >> 1);
  writeFileSync(path, bytes);
}

test.each<[string, (path: string) => void, RegExp]>([
  ['is half written', (path) => truncateSync(path, 5000), /has 5000 bytes/],
  ['is missing', (path) => rmSync(path), /is missing/],
  ['is empty', (path) => truncateSync(path, 0), /has 0 bytes/],
  ['is broken within', overwriteMiddle, /cannot be read/],
])(
  'a data file that %s is named, by a read and by a compaction, and nothing changes',
  async (_what, damage, said) => {
    const lake = await lakeWithRows();
    const select = 'SELECT (hash(i) >> 34)::INT AS id FROM range(100000) AS r(i)';
    await appendRows(lake, { table, select });
    const [large] = (await planFiles(lake, { table })).files.toSorted(
      (left, right) => right.file.fileSizeBytes - left.file.fileSizeBytes,
    );
    const path = pathOf(large!.file.location);
    const before = await loadTable(lake, table);
    damage(path);
    for (const work of [
      () => lake.rows('bronze.prices'),
      () => compactFiles(lake, { table }),
      () => overwriteRows(lake, { table, where: { column: 'id', is: '>', value: 3 } }),
    ]) {
      const failed = await work().catch((error: unknown) => error);
      expect(failed).toMatchObject({ code: 'DAMAGED', message: expect.stringMatching(said) });
      expect((failed as Error).message).toContain(path);
      expect((failed as { hint?: string }).hint).toContain('roll the table back');
    }
    expect((await loadTable(lake, table)).location).toBe(before.location);
    expect(await listOrphans(lake, { table, olderThanMs: Date.now() + 60_000 })).toEqual([]);
    // What does not need the file is read as ever.
    const [first] = before.metadata.snapshots;
    expect(await lake.rows('bronze.prices', { at: { snapshotId: first!['snapshot-id'] } })).toHaveLength(5);
  },
);

test('files on other machines and files without column ids are refused', async () => {
  const lake = await lakeWithRows();
  await lake.create('bronze.foreign', { columns: [{ name: 'id', type: 'int' }] });
  const foreign = tableName('bronze.foreign');
  await appendRows(lake, { table: foreign, select: 'SELECT 1 AS id' });
  const { files, state } = await planFiles(lake, { table: foreign });
  const path = join(pathOf(state.metadata.location), 'data', 'part-0.parquet');
  await lake.engine.run(`COPY (SELECT 1 AS id) TO '${path}' (FORMAT parquet)`);
  await replaceFiles(lake, {
    name: 'bronze.foreign',
    files: [{ ...files[0]!.file, location: locationOf(path) }],
  });
  await expect(lake.rows('bronze.foreign')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  await replaceFiles(lake, {
    name: 'bronze.foreign',
    files: [{ ...files[0]!.file, location: 's3://bucket/rows.parquet' }],
  });
  await expect(lake.rows('bronze.foreign')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
});

test.each([
  ['our own kind', ['rows-x.parquet', 'rows-y.parquet']],
  ['another kind', ['a.parquet', 'b.parquet']],
])('a folder that is named after a value does not become the value of files of %s', async (_kind, names) => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', { columns: [{ name: 'vendor', type: 'string' }] });
  await appendRows(lake, { table, select: "SELECT 'a b/c' AS vendor" });
  const { files, state } = await planFiles(lake, { table });
  const folder = join(pathOf(state.metadata.location), 'data', 'vendor=a+b%2Fc');
  mkdirSync(folder);
  const copies = names.map((name) => join(folder, name));
  for (const copy of copies) copyFileSync(pathOf(files[0]!.file.location), copy);
  const foreign = copies.map((copy) => ({ ...files[0]!.file, location: `file://${copy}` }));
  await replaceFiles(lake, { name: 'bronze.prices', files: foreign });
  expect(await lake.rows('bronze.prices')).toEqual([{ vendor: 'a b/c' }, { vendor: 'a b/c' }]);
});

/** Another writer's snapshot: these files and nothing else, the second kind as deletes. */
async function replaceFiles(
  lake: TestWarehouse,
  work: { name: string; files: readonly DataFile[]; deletes?: readonly DataFile[] },
): Promise<void> {
  const state = await loadTable(lake, tableName(work.name));
  const { metadata } = state;
  const snapshotId = String(4834118174102333470n + BigInt(metadata.snapshots.length - 1));
  const writer = new ManifestWriter(metadata, snapshotId);
  const sized = (file: DataFile) => {
    const found = statSync(file.location.replace('file://', ''), { throwIfNoEntry: false });
    return { ...file, fileSizeBytes: found?.size ?? file.fileSizeBytes };
  };
  const write = (files: readonly DataFile[], content: 0 | 1) =>
    writer.writeManifest(
      files.map((file) => ({
        status: 1,
        snapshotId,
        sequenceNumber: 9,
        fileSequenceNumber: 9,
        file: sized(file),
      })),
      { metadata, specId: 0, content, sequenceNumber: 9 },
    );
  const manifests = [await write(work.files, 0), ...(work.deletes ? [await write(work.deletes, 1)] : [])];
  const list = await writer.writeList({
    snapshotId,
    parentSnapshotId: undefined,
    sequenceNumber: 9,
    manifests,
  });
  const snapshot = {
    'snapshot-id': snapshotId,
    'sequence-number': 9,
    'timestamp-ms': Date.now(),
    'manifest-list': list,
    summary: { operation: 'overwrite' },
  };
  const changed = {
    ...metadata,
    'last-sequence-number': 9,
    'current-snapshot-id': snapshotId,
    snapshots: [...metadata.snapshots, snapshot],
  };
  writeFileSync(pathOf(state.location), printMetadataJson(changed));
}

async function deleteFile(
  lake: TestWarehouse,
  of: { name: string; sql: string; like: DataFile },
): Promise<DataFile> {
  const path = join(pathOf((await loadTable(lake, table)).metadata.location), 'data', of.name);
  const ids = '{file_path: 2147483546, pos: 2147483545}';
  await lake.engine.run(`COPY (${of.sql}) TO '${path}' (FORMAT parquet, FIELD_IDS ${ids})`);
  return {
    ...of.like,
    content: 1,
    location: locationOf(path),
    lowerBounds: new Map(),
    upperBounds: new Map(),
  };
}

test('rows that another writer deleted by position are gone, also after a compaction', async () => {
  const lake = await lakeWithRows();
  const [planned] = (await planFiles(lake, { table })).files;
  const { file } = planned!;
  const sql = `SELECT '${file.location}' AS file_path, unnest([1, 3])::BIGINT AS pos`;
  const deletes = [await deleteFile(lake, { name: 'deletes.parquet', sql, like: file })];
  await replaceFiles(lake, { name: 'bronze.prices', files: [file], deletes });
  expect((await lake.rows('bronze.prices')).map((row) => row['id']).sort()).toEqual([0, 2, 4]);
  expect((await loadTable(lake, table)).metadata['current-snapshot-id']).toBe('4834118174102333470');
  await compactFiles(lake, { table });
  expect((await lake.rows('bronze.prices')).map((row) => row['id']).sort()).toEqual([0, 2, 4]);
  const text = readFileSync(pathOf((await loadTable(lake, table)).location), 'utf8');
  expect(text).toContain('"parent-snapshot-id":4834118174102333470');
});

test.each([
  ['by equal values', { content: 2 }],
  ['in a Puffin file', { content: 1, format: 'PUFFIN' }],
] as const)('rows that were deleted %s are refused, not shown', async (_name, kind) => {
  const lake = await lakeWithRows();
  const { file } = (await planFiles(lake, { table })).files[0]!;
  await replaceFiles(lake, { name: 'bronze.prices', files: [file], deletes: [{ ...file, ...kind }] });
  await expect(lake.rows('bronze.prices')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  await expect(compactFiles(lake, { table })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
});

/** The catalog fails, or the process dies, behind the moment in which the version file got its name. */
async function dieAfterLink(lake: TestWarehouse): Promise<unknown> {
  const catalog = Object.create(lake.catalog, {
    findLocation: { value: lake.catalog.findLocation.bind(lake.catalog) },
    isReadOnly: { value: false },
    swap: {
      value: () => {
        throw new Error('disk I/O error');
      },
    },
  });
  return appendRows({ ...lake, catalog }, { table, select: 'SELECT 99 AS id' }).catch(
    (error: unknown) => error,
  );
}

test('a commit whose writer died behind its version file is entered by whoever comes next', async () => {
  const lake = await lakeWithRows();
  expect(await dieAfterLink(lake)).toMatchObject({ code: 'IN_DOUBT' });
  expect((await lake.rows('bronze.prices')).map((row) => row['id'])).toContain(99);
  await appendRows(lake, { table, select: 'SELECT 100 AS id' });
  expect(await lake.rows('bronze.prices')).toHaveLength(7);
});

test('a version file that another kind of writer beat is no commit', async () => {
  const lake = await lakeWithRows();
  const before = await loadTable(lake, table);
  await dieAfterLink(lake);
  // A writer that names its files in another way and knows the catalog alone.
  const own = `${before.location.replace(/v\d+\.metadata\.json$/, '')}00003-0b1c.metadata.json`;
  const metadata = { ...v2(parseMetadataJson(readFileSync(pathOf(before.location), 'utf8')) as Metadata) };
  writeFileSync(
    pathOf(own),
    printMetadataJson({
      ...metadata,
      'metadata-log': [{ 'timestamp-ms': 1, 'metadata-file': before.location }],
    }),
  );
  expect(lake.catalog.swap(table, { from: before.location, to: own })).toBe(true);
  expect(await lake.rows('bronze.prices')).toHaveLength(5);
  await appendRows(lake, { table, select: 'SELECT 100 AS id' });
  await appendRows(lake, { table, select: 'SELECT 101 AS id' });
  expect((await lake.rows('bronze.prices')).map((row) => row['id']).sort()).toEqual(
    [0, 1, 100, 101, 2, 3, 4].sort(),
  );
  const orphans = await removeOrphans(lake, { table, olderThanMs: Date.now() + 60_000 });
  expect(orphans.some(({ path }) => path.endsWith('/v3.metadata.json'))).toBe(true);
  expect(await lake.rows('bronze.prices')).toHaveLength(7);
});

test('a failure before the commit leaves the table, and files that are listed', async () => {
  const lake = await lakeWithRows();
  const { location } = await loadTable(lake, table);
  const next = pathOf(location).replace(/v\d+/, (name) => `v${Number(name.slice(1)) + 1}`);
  // Somebody's broken file has the next version's name.
  writeFileSync(next, '{ half');
  await expect(appendRows(lake, { table, select: 'SELECT 9 AS id' })).rejects.toMatchObject({
    code: 'DAMAGED',
  });
  rmSync(next);
  linkSync(pathOf(location), next);
  await appendRows(lake, { table, select: 'SELECT 10 AS id' });
  expect((await lake.rows('bronze.prices')).map((row) => row['id'])).toContain(10);
  expect(await lake.rows('bronze.prices')).toHaveLength(6);
  expect(await listOrphans(lake, { table, olderThanMs: Date.now() + 60_000 })).not.toEqual([]);
});
