import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { openTestLake, type Row, type TestLake } from './support/open-test-lake.ts';
import { copyVendors, loadVendor, type VendorContract, vendorFiles } from './support/vendor-contracts.ts';

async function openVendors(): Promise<TestLake> {
  const lake = await openTestLake();
  copyVendors(lake, 'vendors');
  return lake;
}

async function changesOf(
  lake: TestLake,
  { expected, table }: Pick<VendorContract, 'expected'> & { table?: string },
  path: string,
): Promise<Row[]> {
  const answer = await lake.call('diff_schema', { path, expected, ...(table && { table }) });
  expect(answer['fits']).toBe((answer['changes'] as Row[]).length === 0);
  return answer['changes'] as Row[];
}

/** A change in a few words: what a person would write on a slip of paper. */
function slip(change: Row): string {
  const named = { ...change, option: change['option'] ?? '' };
  if (change['kind'] === 'renamed') return `renamed ${String(change['from'])} -> ${String(change['to'])}`;
  if (change['kind'] === 'dialect' || change['kind'] === 'encoding') {
    return `${named.option} ${JSON.stringify(change['from'])} -> ${JSON.stringify(change['to'])}`;
  }
  const what = change['source'] ?? change['column'];
  const to = change['kind'] === 'retyped' ? ` to ${String(change['to'])}` : '';
  return `${String(change['kind'])}${what === undefined ? '' : ` ${String(what)}`}${to}`;
}

test.each(vendorFiles)('%s fits its own contract: nothing is said but that', async (path) => {
  const lake = await openVendors();
  const contract = await loadVendor(lake, path);
  const answer = await lake.call('diff_schema', { path, expected: contract.expected, table: contract.table });
  expect(answer).toMatchObject({ path, fits: true, changes: [], looked_at: { whole_file: true } });
  expect(answer['found']).toBeUndefined();
  expect(await lake.text('diff_schema', { path, expected: contract.expected })).toBe(
    await lake.text('diff_schema', { path, expected: contract.expected }),
  );
});

type Edit = (text: string) => string;
const encoding = (path: string) => (path.startsWith('lumenhain') ? 'latin1' : 'utf8');
const replaced =
  (from: string | RegExp, to: string): Edit =>
  (text) =>
    text.replaceAll(from, to);

const drifts: [string, string, Edit, string[]][] = [
  [
    'lumenhain_preisliste.csv',
    'a column is renamed',
    replaced('Werkstoff;', 'Materialart;'),
    ['renamed Werkstoff -> Materialart'],
  ],
  [
    'lumenhain_preisliste.csv',
    'a column is added',
    (text) => text.replaceAll(/(?=\r\n)/g, ';neu').replace(/;neu/, ';Sortiment'),
    ['added Sortiment'],
  ],
  [
    'lumenhain_preisliste.csv',
    'decimal points',
    replaced(/;(\d+),(\d{3});(\d+),(\d);(\d+),(\d);(\d+),(\d);/g, ';$1.$2;$3.$4;$5.$6;$7.$8;'),
    [
      // Grouped thousands by the contract: they would be loaded a thousand times too large.
      'retyped Gewicht_kg to like "1080.000", "1100.000"',
      'retyped Höhe_cm to numbers with a decimal point',
      'retyped Breite_cm to numbers with a decimal point',
      'retyped Tiefe_cm to numbers with a decimal point',
    ],
  ],
  ['lumenhain_preisliste.csv', 'another delimiter', replaced(';', '|'), ['delimiter ";" -> "|"']],
  [
    'pinegate_products.csv',
    'a column is renamed',
    replaced('Dealer Price', 'Wholesale'),
    ['renamed Dealer Price -> Wholesale'],
  ],
  [
    'pinegate_products.csv',
    'two columns are renamed',
    (text) => text.replace('Color', 'Shade').replace('Material', 'Fabric'),
    ['renamed Color -> Shade', 'renamed Material -> Fabric'],
  ],
  [
    'pinegate_products.csv',
    'other dates',
    replaced(/(\d\d)\/(\d\d)\/(\d{4})/g, '$3-$1-$2'),
    ['retyped Last Change to dates as %Y-%m-%d'],
  ],
  [
    'pinegate_products.csv',
    'no lines above the header',
    (text) => text.split('\n').slice(3).join('\n'),
    ['skip_lines 3 -> 0'],
  ],
  [
    'kurbelwerk_export.ndjson',
    'a key is renamed',
    replaced('"gruppe"', '"warengruppe"'),
    ['renamed gruppe -> warengruppe'],
  ],
  [
    'kurbelwerk_export.ndjson',
    'a key is added',
    replaced('{"art_nr"', '{"saison":"2026","art_nr"'),
    ['added saison'],
  ],
  [
    'kurbelwerk_export.ndjson',
    'a unit in the value',
    replaced(/"gewicht_g":(\d+)/g, '"gewicht_g":"$1 g"'),
    ['retyped gewicht_g to numbers with a unit (g)'],
  ],
  [
    'kurbelwerk_export.ndjson',
    'one document instead of lines',
    (text) =>
      `[${text
        .trim()
        .split('\n')
        .filter((line) => line.endsWith('}'))
        .join(',\n')}]`,
    ['format "ndjson" -> "json"'],
  ],
  [
    'copperkettle_catalog.json',
    'a nested key is renamed',
    replaced('"colour"', '"shade"'),
    ['renamed attributes.colour -> attributes.shade'],
  ],
  [
    'copperkettle_catalog.json',
    'the records are elsewhere',
    replaced('"items"', '"products"'),
    ['record_path "/items" -> "/products"'],
  ],
  [
    'copperkettle_catalog.json',
    'a number becomes a price with its currency',
    replaced(/"amount": (\d+)/g, '"amount": "GBP $1"'),
    ['retyped price.amount to numbers with a unit (GBP)'],
  ],
  [
    'copperkettle_catalog.json',
    'a key is added',
    replaced('"sku":', '"lead_days": 3, "sku":'),
    ['added lead_days'],
  ],
  [
    'verdalia_merchant.xml',
    'an element is renamed',
    replaced('g:color>', 'g:colour>'),
    ['renamed g:color -> g:colour'],
  ],
  [
    'verdalia_merchant.xml',
    'records have another name',
    replaced(/<(\/?)item>/g, '<$1product>'),
    ['record_element "rss/channel/item" -> "rss/channel/product"'],
  ],
  [
    'verdalia_merchant.xml',
    'an element is added',
    replaced('</item>', '<g:condition>new</g:condition></item>'),
    ['added g:condition'],
  ],
  [
    'verdalia_merchant.xml',
    'prices are written otherwise, though any text can be loaded',
    replaced(/>([\d.,]+) EUR</g, '>EUR $1<'),
    ['retyped g:price to like "EUR 1,035.95", "EUR 1,057.70"'],
  ],
];

test.each(drifts)('%s: %s', async (path, _, edit, wanted) => {
  const lake = await openVendors();
  const contract = await loadVendor(lake, path);
  const before = readFileSync(resolve('data/vendors', path), encoding(path));
  const after = edit(before);
  expect(after).not.toBe(before);
  lake.write(path, Buffer.from(after, encoding(path)));
  expect((await changesOf(lake, contract, path)).map(slip)).toEqual(wanted);
});

test('the second day of the example: what changed, changed in the contract of that feed alone', async () => {
  const lake = await openVendors();
  copyVendors(lake, 'day-two', 'day-two');
  const slips: Record<string, string[]> = {};
  for (const path of vendorFiles.filter((name) => !name.startsWith('copperkettle'))) {
    const contract = await loadVendor(lake, path);
    slips[path] = (await changesOf(lake, contract, `day-two/${path}`)).map(slip);
  }
  expect(slips).toEqual({
    'kurbelwerk_export.ndjson': [],
    'lumenhain_preisliste.csv': [],
    'pinegate_products.csv': ['renamed Dealer Price -> Net Cost', 'added Hazmat'],
    'verdalia_merchant.xml': [],
  });
});

const columns = [
  { name: 'sku', type: 'VARCHAR', nullable: false },
  { name: 'title', type: 'VARCHAR' },
  { name: 'price', type: 'DECIMAL(10,2)' },
  { name: 'stock', type: 'INTEGER' },
  { name: 'since', type: 'DATE' },
];
const line = (index: number): string[] => [
  `AB-${1000 + index}`,
  ['lamp', 'chair', 'table top', 'Äpfel'][index % 4] ?? '',
  (((index * 37) % 900) + 0.5).toFixed(2),
  String((index * 7) % 50),
  `2026-${String((index % 12) + 1).padStart(2, '0')}-${String((index % 28) + 1).padStart(2, '0')}`,
];
const rows = Array.from({ length: 60 }, (_, index) => line(index));
const csv = (cells: readonly (readonly string[])[], delimiter = ',') =>
  cells.map((row) => row.join(delimiter)).join('\n');
const header = columns.map(({ name }) => name);
const headerless = { columns, options: { header: false, delimiter: ',' } };

async function openLoaded(
  expected: { columns: readonly Row[]; options?: Row },
  content: string,
): Promise<TestLake> {
  const lake = await openTestLake({ 'one.csv': content });
  await lake.call('create_table', { table: 'product_raw.t', columns });
  await lake.call('ingest', {
    path: 'one.csv',
    table: 'product_raw.t',
    vendor_name: 'v',
    options: expected.options ?? {},
  });
  return lake;
}

test.each<[string, (row: readonly string[]) => readonly string[], string[]]>([
  ['the same', (row) => row, []],
  [
    'two columns have changed places',
    ([sku = '', title = '', price = '', stock = '', since = '']) => [sku, since, price, stock, title],
    ['renamed column2 -> column5', 'renamed column5 -> column2'],
  ],
  [
    'a column was put in',
    ([sku = '', ...others]) => [sku, 'EU', ...others],
    [
      'renamed column2 -> column3',
      'renamed column3 -> column4',
      'renamed column4 -> column5',
      'renamed column5 -> column6',
      'added column2',
    ],
  ],
  [
    'a column was taken out',
    ([sku = '', title = '', , stock = '', since = '']) => [sku, title, stock, since],
    ['removed column3', 'renamed column4 -> column3', 'renamed column5 -> column4'],
  ],
])('a file without header, by content: %s', async (_, edit, wanted) => {
  const lake = await openLoaded(headerless, csv(rows));
  lake.write('two.csv', csv(rows.map(edit)));
  expect(
    (await changesOf(lake, { expected: headerless, table: 'product_raw.t' }, 'two.csv')).map(slip),
  ).toEqual(wanted);
});

const named = { columns, options: { format: 'csv', delimiter: ',', header: true, encoding: 'utf-8' } };
test.each<[string, string | Buffer, string[]]>([
  ['other order of named columns', csv([header, ...rows].map((row) => [...row].reverse())), []],
  ['a name written otherwise', csv([['SKU', 'Title', 'Price', 'Stock', 'Since'], ...rows]), []],
  ['another encoding', Buffer.from(csv([header, ...rows]), 'latin1'), ['encoding "utf-8" -> "windows-1252"']],
  [
    'UTF-16 with its mark',
    Buffer.from(`\ufeff${csv([header, ...rows])}`, 'utf16le'),
    ['encoding "utf-8" -> "utf-16le"'],
  ],
  [
    'no header',
    csv(rows),
    ['header true -> false', ...header.map((name, index) => `renamed ${name} -> column${index + 1}`)],
  ],
  [
    'single quotes',
    csv([header, ...rows].map((row) => row.map((cell) => `'${cell}'`))),
    ['quote null -> "\'"'],
  ],
  ['no records', csv([header]), ['empty']],
  ['no bytes', '', ['empty']],
  ['a required column is gone', csv([header, ...rows].map((row) => row.slice(1))), ['removed sku']],
  [
    'a required column has no values',
    csv([header, ...rows.map((row) => ['', ...row.slice(1)])]),
    ['empty sku'],
  ],
  [
    'a column that was nearly always filled is empty now',
    csv([header, ...rows.map((row) => [...row.slice(0, 4), ''])]),
    ['empty since'],
  ],
  [
    'one bad value is dirt',
    csv([header, ...rows.map((row, index) => (index === 3 ? row.with(2, 'ask') : row))]),
    [],
  ],
  [
    'a tenth of them is drift',
    csv([header, ...rows.map((row, index) => (index % 10 === 3 ? row.with(2, 'ask') : row))]),
    ['retyped price to text'],
  ],
  [
    'half of the lines are torn',
    csv([header, ...rows.flatMap((row) => [row.slice(0, 2), row.slice(2)])]),
    ['unreadable'],
  ],
  ['no CSV at all', Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(200)]), ['unreadable']],
])('%s', async (_, content, wanted) => {
  const lake = await openLoaded(named, csv([header, ...rows]));
  lake.write('two.csv', content);
  expect((await changesOf(lake, { expected: named, table: 'product_raw.t' }, 'two.csv')).map(slip)).toEqual(
    wanted,
  );
});

test('what is left out on purpose is no news', async () => {
  const lake = await openTestLake({
    'a.csv': csv([[...header, 'note'], ...rows.map((row) => [...row, 'x'])]),
  });
  const expected = { columns, ignored: ['note'] };
  expect(await lake.call('diff_schema', { path: 'a.csv', expected })).toMatchObject({ fits: true });
});

test('the share that counts as drift is the contract’s', async () => {
  const bad = rows.map((row, index) => (index % 10 === 3 ? row.with(2, 'ask') : row));
  const lake = await openTestLake({ 'a.csv': csv([header, ...bad]) });
  const fits = async (max_rejected_share: number) =>
    (await lake.call('diff_schema', { path: 'a.csv', expected: { columns, max_rejected_share } }))['fits'];
  expect([await fits(0.05), await fits(0.2)]).toEqual([false, true]);
});

test('a large file is looked at in parts: drift that begins in the middle is found, in bounded time', async () => {
  const many = Array.from({ length: 400_000 }, (_, index) => {
    const row = line(index);
    return index > 200_000 ? row.with(2, (row[2] ?? '').replace('.', ',')) : row;
  });
  const lake = await openTestLake({ 'a.csv': csv([header, ...many], ';') });
  const answer = await lake.call('diff_schema', {
    path: 'a.csv',
    expected: { columns, options: { delimiter: ';' } },
  });
  expect(answer).toMatchObject({ fits: false, looked_at: { whole_file: false } });
  expect((answer['changes'] as Row[]).map(slip)).toEqual(['retyped price to numbers with a decimal comma']);
  expect((answer['changes'] as Row[])[0]).toMatchObject({
    suggestion: { options: { decimal_separator: ',' } },
  });
});
