import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LakeFailure } from '../../../src/servers/lake/lake-failure.ts';
import { ElementCounter } from '../../../src/servers/lake/sources/count-xml-elements.ts';
import { openSource } from '../../../src/servers/lake/sources/open-source.ts';
import { openIcebergStore } from '../../../src/servers/lake/storage/iceberg-store.ts';
import type { LoadRequest, TableDefinition } from '../../../src/servers/lake/storage/table-store.ts';
import { temporaryFolder } from './support/open-test-lake.ts';

const definition: TableDefinition = {
  table: 'product_raw.t',
  columns: [{ name: 'a', type: 'INTEGER', nullable: true }],
  primary_key: [],
  partitioned_by: [],
  declared: true,
};
const row = (line: number, cell: string) => ({ line, byteOffset: null, raw: cell, cells: [cell] });

async function openStore() {
  const store = await openIcebergStore({
    warehouse: temporaryFolder(),
    memory: '500MB',
    threads: 1,
    statementTimeoutMs: 10_000,
  });
  onTestFinished(() => store.close());
  await store.createTable(definition);
  return store;
}

function request(change: Partial<LoadRequest>): LoadRequest {
  async function* batches() {
    yield [row(1, '1'), row(2, 'x')];
  }
  return {
    definition,
    file: 'f',
    sha256: 's',
    vendorName: 'v',
    optionsKey: '{}',
    casts: { decimalSeparator: undefined, nullValues: [], dateFormats: [] },
    batches: batches(),
    verify: async () => undefined,
    ...change,
  };
}

async function countAll(store: Awaited<ReturnType<typeof openStore>>): Promise<number[]> {
  return [
    await store.countRows('product_raw.t'),
    await store.countRows('product_raw.ingest_errors'),
    (await store.listLoads('product_raw.t')).length,
  ];
}

test('a load whose file count disagrees leaves nothing behind', async () => {
  const store = await openStore();
  const verify = async () => {
    throw new LakeFailure('does not reconcile');
  };
  await expect(store.load(request({ verify }))).rejects.toThrow('does not reconcile');
  expect(await countAll(store)).toEqual([0, 0, 0]);
  expect(await store.load(request({}))).toMatchObject({ rows_loaded: 1, rows_rejected: 1 });
  expect(await countAll(store)).toEqual([1, 1, 1]);
});

test('a reader that breaks in the middle leaves nothing behind', async () => {
  const store = await openStore();
  async function* batches() {
    yield [row(1, '1')];
    throw new Error('disk gone');
  }
  await expect(store.load(request({ batches: batches() }))).rejects.toThrow('disk gone');
  expect(await countAll(store)).toEqual([0, 0, 0]);
});

test('loads and reads at the same time wait for each other', async () => {
  const store = await openStore();
  const loads = ['a', 'b', 'c', 'd'].map((sha256) => store.load(request({ sha256 })));
  await Promise.all([...loads, store.listTables(), store.countRows('product_raw.t')]);
  expect(await countAll(store)).toEqual([4, 4, 4]);
});

test.each([
  ['f.csv', 'a,b\n1,2\n3,4\n', '5,6\n'],
  ['f.ndjson', '{"a":1}\n{"a":2}\n', '{"a":3}\n'],
])('the second count of %s sees what the reader has not read', async (name, content, more) => {
  const folder = temporaryFolder({ [name]: content });
  const file = { absolute: join(folder, name), path: name };
  const source = await openSource(file, {});
  const reading = source.read(['a']);
  for await (const _ of reading.batches);
  expect(await source.countUnits()).toBe(reading.unitsRead());
  appendFileSync(file.absolute, more);
  expect(await source.countUnits()).toBe(reading.unitsRead() + 1);
});

test.each<[string, string, number]>([
  ['<l><p/><p a=">"/><!-- <p/> --><![CDATA[<p/>]]><p><p/></p></l>', 'p', 3],
  ['<l><p/><x><p/></x></l>', 'l/p', 1],
  ['<!DOCTYPE l [<!ELEMENT p ANY>]><?p <p/>?><l><p>1</p></l>', 'p', 1],
  ['<p/>', 'p', 1],
])('the second count of %s', (text, element, count) => {
  for (const size of [1, 3, text.length]) {
    const counter = new ElementCounter(element);
    for (let at = 0; at < text.length; at += size) counter.push(text.slice(at, at + size));
    expect(counter.count).toBe(count);
  }
});
