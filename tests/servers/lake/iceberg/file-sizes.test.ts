import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pathOf } from '../../../../src/servers/lake/iceberg/files/locations.ts';
import {
  appendRows,
  compactFiles,
  listOrphans,
  loadTable,
  planFiles,
  scanTable,
  tableName,
} from '../../../../src/servers/lake/iceberg/index.ts';
import { warehouseOfTest } from './support/test-warehouse.ts';

const table = tableName('bronze.prices');
const columns = [
  { name: 'vendor', type: 'string' },
  { name: 'n', type: 'long' },
  { name: 'text', type: 'string' },
];
const targetBytes = 1_000_000;
// Texts that do not compress: some 4 MB for the first vendor, 0.02 MB for the second.
const select = `SELECT CASE WHEN n < 100 THEN 'small' ELSE 'large' END AS vendor, n,
  concat(hash(n), hash(n + 1), hash(n + 2)) AS text FROM range(200000) AS r(n)`;

test.each<[string, { column: string; transform: string }[], { of: string; files: number }[]]>([
  ['no partitions', [], []],
  ['partitions', [{ column: 'vendor', transform: 'identity' }], [{ of: 'small', files: 1 }]],
])(
  'files are not far above the size that the table asks for, with %s',
  async (_name, partitionedBy, exact) => {
    const lake = await warehouseOfTest();
    await lake.engine.run('SET threads = 1');
    const properties = { 'write.target-file-size-bytes': String(targetBytes) };
    await lake.create('bronze.prices', { columns, partitionedBy, properties });
    await appendRows(lake, { table, select });
    const { files } = await planFiles(lake, { table });
    expect(files.length).toBeGreaterThan(1);
    // DuckDB ends a file behind a row group: 122,880 rows of 30 bytes.
    for (const { file } of files) expect(file.fileSizeBytes).toBeLessThan(5 * targetBytes);
    for (const { of, files: count } of exact) {
      expect(files.filter(({ file }) => file.partition[0] === of)).toHaveLength(count);
    }
    const sum = 'SELECT count(*) AS n, sum(n) AS total, count(DISTINCT text) AS texts';
    const found = await lake.engine.run(`${sum} FROM (${(await scanOf(lake)).sql})`);
    expect(found).toEqual(await lake.engine.run(`${sum} FROM (${select})`));
    expect(await listOrphans(lake, { table, olderThanMs: Date.now() + 60_000 })).toEqual([]);
    expect(await compactFiles(lake, { table, smallerThanBytes: 10 })).toMatchObject({ filesBefore: 0 });
  },
);

async function scanOf(lake: Awaited<ReturnType<typeof warehouseOfTest>>): Promise<{ sql: string }> {
  return scanTable(lake, { table });
}

test('a write that fails half way leaves no file behind', async () => {
  const lake = await warehouseOfTest();
  await lake.create('bronze.prices', {
    columns,
    partitionedBy: [{ column: 'vendor', transform: 'identity' }],
  });
  const failing = `SELECT vendor, n, CASE WHEN n = 199999 THEN error('the last row is bad') ELSE text END AS text
    FROM (${select})`;
  await expect(appendRows(lake, { table, select: failing })).rejects.toThrow('the last row is bad');
  const { metadata } = await loadTable(lake, table);
  expect(readdirSync(join(pathOf(metadata.location), 'data'))).toEqual([]);
});
