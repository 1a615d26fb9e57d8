import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openLake } from '../../../src/servers/lake/lake.ts';
import type { LoadRequest } from '../../../src/servers/lake/storage/table-store.ts';
import { ingest } from '../../../src/servers/lake/tools/ingest.ts';
import { temporaryFolder, writeInto } from './support/open-test-lake.ts';
import { loadOf, numbersTable, openTestStore } from './support/open-test-store.ts';

const closing = 'The lake is being closed';

/** Files of rows in the warehouse, whether a table names them or not. */
function dataFiles(warehouse: string): string[] {
  return readdirSync(warehouse, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.parquet'),
  );
}

/** A load of two batches that closes the lake at one of its moments. */
function closingLoad(close: () => void, when: 'batch' | 'verify' | 'judge'): LoadRequest {
  const at = (moment: string) => {
    if (moment === when) close();
  };
  const record = (line: number) => ({ line, byteOffset: null, raw: `${line}`, cells: [`${line}`] });
  async function* batches() {
    yield [record(1)];
    at('batch');
    yield [record(2)];
  }
  return {
    ...loadOf(numbersTable(), []),
    batches: batches(),
    verify: async () => at('verify'),
    judge: () => at('judge'),
  };
}

test.each(['batch', 'verify', 'judge'] as const)(
  'a lake that is closed in the middle of a load (%s): its caller is told, a waiting call too, and nothing of it stays',
  async (when) => {
    const warehouse = temporaryFolder();
    const store = await openTestStore(warehouse);
    await store.createTable(numbersTable());
    const ends: Promise<void>[] = [];
    const load = store.load(closingLoad(() => void ends.push(store.close()), when));
    const waiting = store.load(loadOf(numbersTable(), ['7']));
    await expect(load).rejects.toThrow(closing);
    await expect(waiting).rejects.toThrow(closing);
    await Promise.all(ends);
    for (const late of [() => store.countRows('product_raw.t'), () => store.listTables()])
      await expect(late()).rejects.toThrow(closing);
    expect(dataFiles(warehouse)).toEqual([]);
    const again = await openTestStore(warehouse);
    expect(await again.countRows('product_raw.t')).toBe(0);
    expect(await again.load(loadOf(numbersTable(), ['7', 'x']))).toMatchObject({
      rows_loaded: 1,
      rows_rejected: 1,
    });
  },
);

test('a statement that runs when the lake is closed is interrupted', async () => {
  const store = await openTestStore();
  const endless =
    'SELECT count(*) AS n FROM range(10000000) a, range(1000000) b WHERE a.range % 7 = b.range % 5';
  const query = store.query(endless);
  const mapping = store.writeMapping({ target: 'core.x', select: endless, mode: 'overwrite' });
  const told = Promise.all([
    expect(query).rejects.toThrow(closing),
    expect(mapping).rejects.toThrow(closing),
  ]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await store.close();
  await told;
});

test('a lake at rest is closed when close returns, and may be closed twice', async () => {
  const warehouse = temporaryFolder();
  const store = await openTestStore(warehouse);
  void store.close();
  expect(readdirSync(join(warehouse, '.scratch'))).toEqual([]);
  await store.close();
});

// A file of 5 MB, whose rows are written when all are judged, and one of 11 MB, whose sound rows are written as they are read.
test.each([200_000, 400_000])(
  'a lake that is closed while the files of a load of %d rows are written: no file stays that its table does not name',
  async (rows) => {
    const line = (index: number) => `${index},${index % 1000 === 0 ? 'x' : index},name of ${index}`;
    const content = `sku,price,name\n${Array.from({ length: rows }, (_, index) => line(index)).join('\n')}\n`;
    const folder = temporaryFolder();
    const warehouse = temporaryFolder();
    writeInto(folder, 'large.csv', content);
    const settings = {
      roots: [folder],
      warehouse,
      memory: '1GB',
      threads: 2,
      maxRows: 200,
      statementTimeoutMs: 60_000,
    };
    const table = 'product_raw.large';
    const load = { path: 'large.csv', table, vendor_name: 'v' };
    const lake = await openLake(settings);
    onTestFinished(() => lake.store.close());
    await lake.store.createTable({
      ...numbersTable(),
      table,
      columns: ['sku VARCHAR', 'price INTEGER', 'name VARCHAR'].map((text) => {
        const [name = '', type = ''] = text.split(' ');
        return { name, type, nullable: true };
      }),
    });
    const call = ingest.run(lake, load, { origin: undefined });
    const told = expect(call).rejects.toThrow(closing);
    await expect.poll(() => dataFiles(warehouse).length, { interval: 5, timeout: 30_000 }).toBeGreaterThan(0);
    await lake.store.close();
    await told;
    expect(dataFiles(warehouse)).toEqual([]);
    const again = await openLake(settings);
    onTestFinished(() => again.store.close());
    expect(await ingest.run(again, load, { origin: undefined })).toMatchObject({
      rows_loaded: rows - rows / 1000,
      rows_rejected: rows / 1000,
      already_ingested: false,
    });
  },
);
