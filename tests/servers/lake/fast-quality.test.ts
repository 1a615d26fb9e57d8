import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FastCsvReading } from '../../../src/servers/lake/fast-csv/fast-csv.ts';
import { readFastCsv } from '../../../src/servers/lake/fast-csv/read-fast-csv.ts';
import type { QualityRule } from '../../../src/servers/lake/quality/rule.ts';
import { openSource } from '../../../src/servers/lake/sources/open-source.ts';
import type { TableDefinition, TableStore } from '../../../src/servers/lake/storage/table-store.ts';
import { temporaryFolder } from './support/open-test-lake.ts';
import { openTestStore } from './support/open-test-store.ts';

const names = ['sku', 'price', 'word'];
const lines = Array.from({ length: 900 }, (_, index) => {
  const price = index % 50 === 0 ? 'x' : index % 30 === 0 ? '-1' : '2.5';
  return `A${index},${price},${index % 90 === 0 ? '' : `w${index % 7}`}`;
});
const folder = () => temporaryFolder({ 'f.csv': `${names.join(',')}\n${lines.join('\n')}\n` });

const definition = (table: string, key: readonly string[] = []): TableDefinition => ({
  table,
  columns: [
    { name: 'sku', type: 'VARCHAR', nullable: false },
    { name: 'price', type: 'DECIMAL(8,2)', nullable: !key.includes('price') },
    { name: 'word', type: 'VARCHAR', nullable: !key.includes('word') },
  ],
  primary_key: key,
  partitioned_by: [],
  declared: true,
});

/** What can be seen of a load, and how many records were copied on the way; `isOffered`: both ways are open to it. */
async function loaded(
  store: TableStore,
  {
    root,
    rules,
    isOffered,
    key = [],
  }: { root: string; rules: readonly QualityRule[]; isOffered: boolean; key?: readonly string[] },
) {
  const table = `product_raw.${isOffered ? 'fast' : 'slow'}`;
  await store.createTable(definition(table, key));
  const source = await openSource({ absolute: join(root, 'f.csv'), path: 'f.csv' }, {});
  const file = source.fastCsv?.(names);
  if (file === undefined) throw new Error('This file must be one that is copied.');
  let copied = 0;
  let fast: FastCsvReading | undefined;
  async function* chunks(scratch: string) {
    if (file === undefined) return;
    fast = readFastCsv(file, { folder: scratch, chunkBytes: 1 });
    for await (const chunk of fast.chunks) {
      copied += chunk.cleanRows;
      yield chunk;
    }
  }
  const readAgain = (wanted: readonly number[]) => fast?.readAgain(wanted) ?? [];
  const outcome = await store
    .load({
      definition: definition(table, key),
      file: 'f.csv',
      sha256: 'f',
      vendorName: 'v',
      optionsKey: '{}',
      casts: { decimalSeparator: undefined, nullValues: [], dateFormats: [] },
      batches: source.read(names).batches,
      ...(isOffered && { fastCsv: { width: file.width, fields: file.fields, open: chunks, readAgain } }),
      verify: async () => undefined,
      rules,
    })
    .then(
      ({ rows_read, rows_loaded, rows_rejected, quality }) => ({
        rows_read,
        rows_loaded,
        rows_rejected,
        quality,
      }),
      (error: Error) => error.message.replaceAll(table, 'TABLE'),
    );
  const rows = await store.query(`SELECT sku, price, word, _source_line FROM ${table} ORDER BY _source_line`);
  const errors = await store.query(
    `SELECT line, column_name, reason, detail, raw_row FROM product_raw.ingest_errors WHERE target_table = '${table}' ORDER BY line`,
  );
  return { seen: { outcome, rows: rows.rows, errors: errors.rows }, copied };
}

const positive = {
  name: 'positive',
  metric: 'invalidValues',
  column: 'price',
  arguments: { min: 0 },
} as const;
const worded = { name: 'worded', metric: 'missingValues', column: 'word' } as const;
const cases: readonly [string, readonly QualityRule[], boolean][] = [
  ['no rules', [], true],
  ['rows are set aside', [{ ...positive, on_failure: 'quarantine' }], true],
  [
    'rows are set aside by one rule and counted by another',
    [
      { ...worded, on_failure: 'quarantine' },
      { ...positive, on_failure: 'warn' },
    ],
    true,
  ],
  ['a rule stops the load', [{ ...positive, on_failure: 'fail' }], true],
  [
    'a tolerance in percent that holds',
    [{ ...positive, unit: 'percent', mustBeLessThan: 4, on_failure: 'quarantine' }],
    true,
  ],
  [
    'a tolerance in percent that does not',
    [{ ...positive, unit: 'percent', mustBeLessThan: 2, on_failure: 'quarantine' }],
    true,
  ],
  [
    'a number of rows',
    [
      { name: 'many', metric: 'rowCount', mustBe: 882 },
      { ...positive, on_failure: 'warn' },
    ],
    true,
  ],
  [
    'nulls are no values out of range',
    [
      {
        name: 'short',
        metric: 'invalidValues',
        column: 'word',
        arguments: { pattern: 'w[0-5]' },
        on_failure: 'quarantine',
      },
    ],
    true,
  ],
  [
    'keys that repeat',
    [{ name: 'own', metric: 'duplicateValues', column: 'word', on_failure: 'quarantine' }],
    false,
  ],
  [
    'keys that repeat, and stop or warn',
    [
      { name: 'own', metric: 'duplicateValues', column: 'sku' },
      { name: 'few', metric: 'duplicateValues', column: 'word', on_failure: 'warn' },
    ],
    true,
  ],
  ['a query', [{ name: 'asked', query: 'SELECT count(*) FROM {table}', mustBe: 882 }], true],
  [
    'a query over what another rule leaves',
    [
      { ...positive, on_failure: 'quarantine' },
      { name: 'asked', query: 'SELECT sum(price) FROM {table}', mustBe: 5, on_failure: 'warn' },
    ],
    true,
  ],
  [
    'a pattern that is none',
    [{ name: 'p', metric: 'invalidValues', column: 'word', arguments: { pattern: '(' } }],
    true,
  ],
  [
    'a pattern that is none and sets rows aside',
    [
      {
        name: 'p',
        metric: 'invalidValues',
        column: 'word',
        arguments: { pattern: '(' },
        on_failure: 'quarantine',
      },
    ],
    false,
  ],
  ['a column that is not there', [{ name: 'n', metric: 'nullValues', column: 'none' }], true],
];

test.each(cases)('%s: the same either way', async (_name, rules, isFast) => {
  const root = folder();
  const store = await openTestStore();
  const slow = await loaded(store, { root, rules, isOffered: false });
  const fast = await loaded(store, { root, rules, isOffered: true });
  expect(fast.seen).toEqual(slow.seen);
  expect(slow.seen.errors.length + slow.seen.rows.length > 0).toBe(typeof slow.seen.outcome !== 'string');
  expect(fast.copied > 800).toBe(isFast);
});

test('keys of the table and of the file: the losers leave the files that they were in, and are found again', async () => {
  // w0 to w6 repeat all the time, and prices are 2.5 or -1: few rows of each key stay.
  const root = folder();
  const store = await openTestStore();
  const rules = [{ ...positive, on_failure: 'quarantine' } as const];
  const both = { root, rules, key: ['word', 'price'] };
  const slow = await loaded(store, { ...both, isOffered: false });
  const fast = await loaded(store, { ...both, isOffered: true });
  expect(fast.seen).toEqual(slow.seen);
  expect(fast.copied).toBeGreaterThan(800);
  expect(fast.seen.rows.length).toBeLessThan(10);
  expect(fast.seen.errors.some(({ reason }) => reason === 'duplicate_key')).toBe(true);
});
