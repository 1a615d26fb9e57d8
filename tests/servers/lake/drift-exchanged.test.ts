import { expect, test } from 'vitest';
import { openTestLake, type Row } from './support/open-test-lake.ts';

// A feed of sixty products, loaded once; then files of its vendor that have drifted. Made here: no vendor has sent them.

const table = 'product_raw.feed';
const columns = [
  { name: 'sku', type: 'VARCHAR', nullable: false },
  { name: 'name', type: 'VARCHAR' },
  { name: 'price', type: 'DECIMAL(9,2)' },
  { name: 'cost', type: 'DECIMAL(9,2)' },
  { name: 'stock', type: 'INTEGER' },
];
const options = { format: 'csv', delimiter: ';', encoding: 'utf-8' };
const header = columns.map(({ name }) => name);

/** New products too, from another first number on. */
function records(first = 0): string[][] {
  return Array.from({ length: 60 }, (_, index) => {
    const at = first + index;
    const price = 205 + ((at * 37) % 90) * 1.37;
    return [`A${at}`, `Lamp ${at} oak`, price.toFixed(2), (price / 3.1).toFixed(2), String((at * 3) % 50)];
  });
}

function csv(names: readonly string[], rows: readonly (readonly string[])[]): string {
  return `${[names, ...rows].map((row) => row.join(';')).join('\n')}\n`;
}

async function diffOf(file: string | Uint8Array, { withTable = true, path = 'two.csv' } = {}) {
  const lake = await openTestLake({ 'one.csv': csv(header, records()), [path]: file });
  await lake.call('create_table', { table, columns, contract: 'acme@1.0.0' });
  const load = { table, vendor_name: 'v', options };
  await lake.call('ingest', { ...load, path: 'one.csv' });
  const expected = { columns, options };
  const answer = await lake.call('diff_schema', { path, expected, ...(withTable && { table }) });
  return { lake, load: { ...load, path }, changes: answer['changes'] as Row[] };
}

const renames = (changes: readonly Row[]) =>
  changes.map(({ kind, column, from, to, breaking }) => [kind, column, from, to, breaking]);

/** The names at these places changed, the contents where they were. */
const exchanged = (...names: string[]) => csv(names, records(30));

test.each<[string, string[], unknown[][]]>([
  [
    'a price and a stock',
    ['sku', 'name', 'stock', 'cost', 'price'],
    [
      ['renamed', 'price', 'price', 'stock', true],
      ['renamed', 'stock', 'stock', 'price', true],
    ],
  ],
  [
    // Both fit the type of the other: a load would take them without a word.
    'a price and a cost',
    ['sku', 'name', 'cost', 'price', 'stock'],
    [
      ['renamed', 'price', 'price', 'cost', false],
      ['renamed', 'cost', 'cost', 'price', false],
    ],
  ],
  [
    'three in turn',
    ['sku', 'name', 'cost', 'stock', 'price'],
    [
      ['renamed', 'price', 'price', 'cost', true],
      ['renamed', 'cost', 'cost', 'stock', true],
      ['renamed', 'stock', 'stock', 'price', true],
    ],
  ],
])('headers that changed places are told as renamed by content: %s', async (_, names, wanted) => {
  const { lake, load, changes } = await diffOf(exchanged(...names));
  expect(renames(changes)).toEqual(wanted);
  for (const { evidence, suggestion, confidence, runner_up, column } of changes) {
    expect((evidence as Row)['detail']).toContain('they changed places');
    expect((evidence as Row)['known_share']).toBeGreaterThan(0.4);
    expect(confidence).toBeGreaterThanOrEqual(0.6);
    expect((runner_up as Row)['source']).toBe(column);
    expect(suggestion).toBeUndefined();
  }
  // What is told is what mends it: with these sources each value is in its own column.
  const mended = Object.fromEntries(changes.map(({ column, to }) => [column, to]));
  await lake.call('ingest', { ...load, options: { ...options, columns: mended } });
  const shown = `SELECT sku, price::VARCHAR AS price, cost::VARCHAR AS cost, stock FROM ${table}`;
  expect(await lake.rows(`${shown} WHERE _source_file = 'two.csv' ORDER BY _source_line`)).toEqual(
    records(30).map(([sku, , price, cost, stock]) => ({ sku, price, cost, stock: Number(stock) })),
  );
  // By that contract the file fits.
  const expected = { columns, options: { ...options, columns: mended } };
  expect(await lake.call('diff_schema', { path: 'two.csv', expected, table })).toMatchObject({ fits: true });
});

test('a load by the contract stops where an exchange is called breaking', async () => {
  const { lake, load } = await diffOf(exchanged('sku', 'name', 'stock', 'cost', 'price'));
  const said = await lake.failure('ingest', { ...load, contract: 'acme@1.0.0' });
  expect(said).toContain('"stock" is wrong');
});

test('one column that holds something else now is no exchange', async () => {
  const rows = records(30).map((row) => row.with(4, `${row[4]}.50`));
  const { changes } = await diffOf(csv(header, rows));
  expect(changes.map(({ kind, source }) => [kind, source])).toEqual([['retyped', 'stock']]);
});

const objects = records(30).map((row) => Object.fromEntries(header.map((name, at) => [name, row[at]])));

test.each<[string, string | Uint8Array, string]>([
  ['a JSON document', JSON.stringify(objects), 'json'],
  ['a JSON document over many lines', JSON.stringify({ items: objects }, null, 2), 'json'],
  ['a record of JSON on each line', objects.map((one) => JSON.stringify(one)).join('\n'), 'ndjson'],
])('%s in a file named .csv is told as another format, and as nothing else', async (_, content, format) => {
  const { changes } = await diffOf(content);
  expect(changes.map(({ kind, option, from, to }) => [kind, option, from, to])).toEqual([
    ['dialect', 'format', 'csv', format],
  ]);
  expect(changes[0]).toMatchObject({ breaking: true, suggestion: { options: { format } } });
});

test('a large JSON document in a file named .csv is not cut into lines', { timeout: 60_000 }, async () => {
  const many = Array.from({ length: 9000 }, (_, index) => ({
    ...objects[index % 60],
    sku: `B${index}`,
    name: 'long '.repeat(200),
  }));
  const text = JSON.stringify(many, null, 1);
  expect(text.length).toBeGreaterThan(8 * 1024 * 1024);
  const { changes } = await diffOf(text);
  expect(changes[0]).toMatchObject({ kind: 'dialect', option: 'format', to: 'json' });
  expect(changes.filter(({ kind }) => kind === 'removed')).toEqual([]);
});
