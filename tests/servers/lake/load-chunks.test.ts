import { appendFileSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readFastCsv } from '../../../src/servers/lake/fast-csv/read-fast-csv.ts';
import { openLake } from '../../../src/servers/lake/lake.ts';
import { openSource } from '../../../src/servers/lake/sources/open-source.ts';
import { openIcebergStore } from '../../../src/servers/lake/storage/iceberg-store.ts';
import type { TableDefinition } from '../../../src/servers/lake/storage/table-store.ts';
import { createTable } from '../../../src/servers/lake/tools/create-table.ts';
import { ingest } from '../../../src/servers/lake/tools/ingest.ts';
import { temporaryFolder } from './support/open-test-lake.ts';

// Files are made here: no vendor has sent them.

const columns = [
  { name: 'id', type: 'INTEGER', nullable: true },
  { name: 'v', type: 'VARCHAR', nullable: true },
];
const definition: TableDefinition = {
  table: 'product_raw.feed',
  columns,
  primary_key: [],
  partitioned_by: ['_vendor_name'],
  declared: true,
};

async function openStore() {
  const warehouse = temporaryFolder();
  const store = await openIcebergStore({ warehouse, memory: '1GB', threads: 2, statementTimeoutMs: 60_000 });
  onTestFinished(() => store.close());
  await store.createTable(definition);
  return { warehouse, store };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
}

async function requestOf(file: string, alter: (chunk: { giveBackCopies(): void }, number: number) => void) {
  const source = await openSource({ absolute: file, path: 'f.csv' }, {});
  const fastFile = source.fastCsv?.(['id', 'v']);
  if (fastFile === undefined) throw new Error('This file must be one that is copied.');
  async function* open(folder: string) {
    let number = 0;
    for await (const chunk of readFastCsv(fastFile as never, { folder, chunkBytes: 20_000, blockBytes: 4096 })
      .chunks) {
      alter(chunk, number++);
      yield chunk;
    }
  }
  return {
    definition,
    file: 'f.csv',
    sha256: 'f',
    vendorName: 'v',
    optionsKey: '{}',
    casts: { decimalSeparator: undefined, nullValues: [], dateFormats: [] },
    batches: source.read(['id', 'v']).batches,
    fastCsv: { width: 2, fields: [0, 1], open, readAgain: () => [] },
    verify: async () => undefined,
  };
}

function madeFile(rows: number): string {
  const path = join(temporaryFolder(), 'f.csv');
  writeFileSync(path, `id,v\n${Array.from({ length: rows }, (_, row) => `${row},text ${row}\n`).join('')}`);
  return path;
}

test('two chunks are written at once, and their files are in the order of the file', async () => {
  const { store } = await openStore();
  const alive = { now: 0, most: 0 };
  const request = await requestOf(madeFile(20_000), (chunk) => {
    alive.now += 1;
    alive.most = Math.max(alive.most, alive.now);
    const giveBack = chunk.giveBackCopies.bind(chunk);
    chunk.giveBackCopies = () => {
      alive.now -= 1;
      giveBack();
    };
  });
  const report = await store.load(request);
  expect(report.rows_loaded).toBe(20_000);
  // One that is copied, and the two that are written.
  expect(alive.most).toBe(3);
});

test('a failure behind the writing of a chunk leaves no file of it, nor of the one beside it', async () => {
  const { store, warehouse } = await openStore();
  const before = filesIn(warehouse).filter((name) => name.endsWith('.parquet'));
  const request = await requestOf(madeFile(20_000), (chunk, number) => {
    if (number !== 3) return;
    chunk.giveBackCopies = () => {
      throw new Error('broken here');
    };
  });
  await expect(store.load(request)).rejects.toThrow('broken here');
  expect(filesIn(warehouse).filter((name) => name.endsWith('.parquet'))).toEqual(before);
  expect(filesIn(join(warehouse, '.scratch')).filter((name) => name.includes('chunk-'))).toEqual([]);
});

async function openTools(file: string) {
  const root = temporaryFolder();
  const lake = await openLake({
    roots: [root],
    warehouse: temporaryFolder(),
    memory: '1GB',
    threads: 2,
    maxRows: 200,
    statementTimeoutMs: 60_000,
  });
  onTestFinished(() => lake.store.close());
  await createTable.run(lake, { table: 'product_raw.feed', columns }, { origin: undefined });
  const path = join(root, 'f.csv');
  writeFileSync(path, file);
  return { lake, path };
}

test('a chunk of millions of short lines is loaded whole', { timeout: 120_000 }, async () => {
  const rows = 3_300_000;
  const { lake } = await openTools(`id,v\n${'1,a\n'.repeat(rows)}`);
  const call = { path: 'f.csv', table: 'product_raw.feed', vendor_name: 'v' };
  const report = await ingest.run(lake, call, { origin: undefined });
  expect(report).toMatchObject({ rows_read: rows, rows_loaded: rows, rows_rejected: 0 });
});

test('a file that another writer changes while it is loaded is refused: its rows would stand under the hash of others', async () => {
  const { lake, path } = await openTools('id,v\n1,a\n');
  const call = { path: 'f.csv', table: 'product_raw.feed', vendor_name: 'v' };
  const opened = lake.store.load.bind(lake.store);
  const changing = {
    ...lake,
    store: Object.assign(Object.create(lake.store), {
      load: (request: Parameters<typeof opened>[0]) => {
        // As many lines as before.
        writeFileSync(path, 'id,v\n2,b\n');
        utimesSync(path, 1, 1);
        return opened(request);
      },
    }),
  };
  await expect(ingest.run(changing, call, { origin: undefined })).rejects.toThrow(
    'The file changed while it was read',
  );
  expect((await lake.store.query('SELECT count(*) FROM product_raw.feed')).rows).toEqual([
    { 'count_star()': 0 },
  ]);
  appendFileSync(path, '3,c\n');
  expect(await ingest.run(lake, call, { origin: undefined })).toMatchObject({ rows_loaded: 2 });
});
