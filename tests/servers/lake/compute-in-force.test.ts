import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openTestLake, temporaryFolder } from './support/open-test-lake.ts';

/** What DuckDB itself said during the load, as the newest snapshot of the table keeps it. */
function computeOf(warehouse: string, table: string): unknown {
  const catalog = new DatabaseSync(join(warehouse, 'catalog.sqlite'), { readOnly: true });
  const row = catalog
    .prepare('SELECT metadata_location FROM iceberg_tables WHERE table_name = ?')
    .get(table) as { metadata_location: string };
  catalog.close();
  const metadata = JSON.parse(readFileSync(fileURLToPath(row.metadata_location), 'utf8')) as {
    snapshots: { summary: Record<string, string> }[];
  };
  const text = metadata.snapshots.at(-1)?.summary['aiworkflow.compute'];
  return text === undefined ? undefined : JSON.parse(text);
}

const columns = [
  { name: 'id', type: 'INTEGER' },
  { name: 'name', type: 'VARCHAR' },
];
const lines = (rows: number) =>
  `id,name\n${Array.from({ length: rows }, (_, index) => `${index},product number ${index}`).join('\n')}\n`;

test('a day of 1,000,000 rows and a day of 100 are loaded with the sizes that were granted', {
  timeout: 120_000,
}, async () => {
  const warehouse = temporaryFolder();
  const files = { 'large.csv': lines(1_000_000), 'small.csv': lines(100) };
  const settings = { warehouse, maxThreads: 3, maxMemory: '600MiB', maxFileSize: '4MiB' };
  const lake = await openTestLake(files, settings);
  const bytes = Object.values(files).map((text) => text.length);
  const days = [
    { path: 'large.csv', rows: 1_000_000, bytes: (bytes[0] ?? 0) * 10 },
    { path: 'small.csv', rows: 100, bytes: bytes[1] ?? 0 },
  ];
  const found = [];
  for (const { path, rows, bytes: size } of days) {
    const { granted } = await lake.call('plan_compute', { bytes: size, rows });
    const table = `product_raw.${path.replace('.csv', '')}`;
    await lake.call('create_table', { table, columns });
    const answer = await lake.call('ingest', { path, table, vendor_name: 'v', compute: granted });
    expect(answer).toMatchObject({ rows_loaded: rows, compute: { asked: granted, granted } });
    found.push({ granted, inForce: computeOf(warehouse, path.replace('.csv', '')) });
  }
  expect(found).toEqual([
    {
      granted: { threads: 3, memory_mb: 600, file_size_mb: 4 },
      inForce: { threads: 3, memory_limit: '600.0 MiB', file_size_mb: 4 },
    },
    {
      granted: { threads: 1, memory_mb: 257, file_size_mb: 4 },
      inForce: { threads: 1, memory_limit: '257.0 MiB', file_size_mb: 4 },
    },
  ]);
});

test('a mapping is clamped again, and says so; without an ask nothing is said', async () => {
  const warehouse = temporaryFolder();
  const lake = await openTestLake({}, { warehouse, maxThreads: 2 });
  const mapping = { target: 'product_core.t', sql: 'SELECT 1 AS a' };
  const compute = { threads: 64 };
  expect(await lake.call('run_mapping', { ...mapping, compute })).toMatchObject({
    compute: { asked: { threads: 64 }, granted: { threads: 2, memory_mb: 953, file_size_mb: 128 } },
  });
  expect(computeOf(warehouse, 't')).toMatchObject({ threads: 2, memory_limit: '953.0 MiB' });
  expect(await lake.call('run_mapping', mapping)).not.toHaveProperty('compute');
  expect(computeOf(warehouse, 't')).toBeUndefined();
});

test('rows that are larger than the granted size are written as several files', async () => {
  const warehouse = temporaryFolder();
  const lake = await openTestLake({ 'f.csv': lines(600_000) }, { warehouse });
  const filesOf = async (table: string, compute?: object): Promise<number> => {
    await lake.call('create_table', { table, columns });
    await lake.call('ingest', { path: 'f.csv', table, vendor_name: 'v', ...(compute && { compute }) });
    const names = readdirSync(warehouse, { recursive: true, encoding: 'utf8' });
    const name = table.split('.')[1] ?? '';
    return names.filter((path) => path.includes(`${name}/data/`) && path.endsWith('.parquet')).length;
  };
  const usual = await filesOf('product_raw.usual');
  const small = await filesOf('product_raw.small', { file_size_mb: 1, threads: 1 });
  expect({ usual, isSplit: small > usual }).toEqual({ usual: 1, isSplit: true });
});
