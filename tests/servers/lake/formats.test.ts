import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { makeXlsx } from './support/make-xlsx.ts';
import { openTestLake, type Row } from './support/open-test-lake.ts';

// The same three products in every format, made for these tests, dirty the way that format gets dirty.
const columns = [
  { name: 'sku', type: 'VARCHAR', nullable: false },
  { name: 'name', type: 'VARCHAR' },
  { name: 'price', type: 'DECIMAL(10,2)' },
  { name: 'width_cm', type: 'DOUBLE' },
];
const products = [
  { sku: 'A-1', name: 'Größe "M"', price: 1234.5, width_cm: 1.5 },
  { sku: 'A-2', name: 'Café', price: null, width_cm: null },
  { sku: 'A-3', name: 'Plain', price: 7, width_cm: 20 },
];
const utf16 = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le');
const bigEndian = (text: string): Buffer => utf16(text).swap16();

const germanCsv = 'sku;name;price;width_cm\nA-1;"Größe ""M""";1.234,50;1,5\nA-2;Café;N/A;\nA-3;Plain;7;20\n';
const german = { decimal_separator: ',', null_values: ['N/A'] };
const json = (records: string): string => `{"meta":{"count":3},"data":{"products":${records}}}`;
const records =
  '[{"sku":"A-1","name":"Größe \\"M\\"","price":1234.5,"size":{"width":1.5}},{"sku":"A-2","name":"Café"},{"sku":"A-3","name":"Plain","price":"7","size":{"width":20}}]';
const xml = `<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE shop SYSTEM "shop.dtd" [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<shop><!-- <product sku="no"/> --><products>
<product sku="A-1"><name>Größe &quot;M&quot;</name><price currency="EUR">1234.5</price><size><width>1.5</width></size></product>
<product sku="A-2"><name><![CDATA[Café]]></name><price currency="EUR"/></product>
<product sku="A-3"><name>Plain</name><price currency="EUR">7</price><size><width>20</width></size></product>
</products></shop>`;
const nested = { columns: { width_cm: 'size.width' } };
const ofXml = { columns: { sku: '@sku', width_cm: 'size.width' } };
const sheet = makeXlsx({
  Notes: [['see the other sheet']],
  Products: [
    ['Price list 2026', null, null, null],
    ['SKU', 'Name', 'Price', 'Width (cm)'],
    ['A-1', 'Größe "M"', 1234.5, 1.5],
    [null, null, null, null],
    ['A-2', 'Café', 'N/A', null],
    ['A-3', 'Plain', 7, 20],
  ],
});

test.each<[string, string, string | Buffer, Row]>([
  ['CSV, semicolons, decimal commas', 'p.csv', germanCsv, german],
  [
    'CSV, UTF-8 with byte order mark and CRLF',
    'p.csv',
    `\uFEFF${germanCsv.replaceAll('\n', '\r\n')}`,
    german,
  ],
  ['CSV, Latin-1', 'p.csv', Buffer.from(germanCsv, 'latin1'), german],
  ['CSV, UTF-16 little endian', 'p.csv', utf16(germanCsv), german],
  ['CSV, UTF-16 big endian', 'p.csv', bigEndian(germanCsv), german],
  ['CSV, old Mac line ends', 'p.csv', germanCsv.replaceAll('\n', '\r'), german],
  ['CSV, a preamble above the header', 'p.csv', `Export of 20.11.2026\nShop 7\n${germanCsv}`, german],
  ['TSV without a header', 'p.tsv', germanCsv.split('\n').slice(1).join('\n').replaceAll(';', '\t'), german],
  [
    'fields of +| and records of &|',
    'p.txt',
    'A-1+|Größe "M"+|1234.50+|1.5&|\nA-2+|Café+|+|&|\nA-3+|Plain+|7+|20&|\n',
    { quote: '' },
  ],
  ['JSON, nested, records found by themselves', 'p.json', json(records), nested],
  ['JSON, a path given', 'p.json', json(records), { ...nested, record_path: '/data/products' }],
  ['JSON in UTF-16', 'p.json', utf16(json(records)), nested],
  ['NDJSON', 'p.jsonl', records.slice(1, -1).replaceAll('},{"sku"', '}\n{"sku"'), nested],
  ['XML, attributes, Latin-1, a DOCTYPE', 'p.xml', Buffer.from(xml, 'latin1'), ofXml],
  [
    'XML, a path given',
    'p.xml',
    Buffer.from(xml, 'latin1'),
    { ...ofXml, record_element: 'shop/products/product' },
  ],
  ['XLSX, a second sheet with a title', 'p.xlsx', sheet, { sheet: 'Products', null_values: ['N/A'] }],
])('%s', async (_, path, content, options) => {
  const lake = await openTestLake({ [path]: content });
  await lake.call('create_table', { table: 'product_raw.shop', columns, primary_key: ['sku'] });
  const report = await lake.call('ingest', { path, table: 'product_raw.shop', vendor_name: 'shop', options });
  expect(report).toMatchObject({ rows_read: 3, rows_loaded: 3, rows_rejected: 0, sample_rejects: [] });
  expect(await lake.rows('SELECT sku, name, price, width_cm FROM product_raw.shop ORDER BY sku')).toEqual(
    products,
  );
});

test('Parquet, with nested fields', async () => {
  const lake = await openTestLake();
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const file = join(lake.folder, 'p.parquet');
  await connection.run(
    `COPY (SELECT * FROM (VALUES ('A-1', 'Größe "M"', 1234.50::DECIMAL(10,2), {'width': 1.5::DOUBLE}), ('A-2', 'Café', NULL, NULL), ('A-3', 'Plain', 7.00, {'width': 20.0})) AS t(sku, name, price, size)) TO '${file}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  expect(await lake.call('inspect_file', { path: 'p.parquet' })).toMatchObject({
    format: 'parquet',
    record_count: 3,
    column_count: 4,
  });
  await lake.call('create_table', { table: 'product_raw.shop', columns });
  const report = await lake.call('ingest', {
    path: 'p.parquet',
    table: 'product_raw.shop',
    vendor_name: 's',
    options: nested,
  });
  expect(report).toMatchObject({ rows_read: 3, rows_loaded: 3 });
  expect(await lake.rows('SELECT sku, name, price, width_cm FROM product_raw.shop ORDER BY sku')).toEqual(
    products,
  );
});

test('an XML entity that a DOCTYPE declares reads nothing and blows up nothing', async () => {
  const bomb = `<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]><l><p i="1"><n>&x;&b;</n></p><p i="2"><n>ok</n></p></l>`;
  const lake = await openTestLake({ 'bomb.xml': bomb });
  const text = await lake.text('inspect_file', { path: 'bomb.xml' });
  expect(text).not.toContain('root:');
  expect(text).not.toContain('aaaaaaaaaa');
});

test('inspect_file says what a dirty CSV is and how to load it', async () => {
  const dirty = [
    'Lieferant Müller',
    'Artikel;Preis;Preis;Stand',
    'A1;1,50;2;31.12.2026',
    'A2;N/A;3;2026-01-01',
    'A3;9,00;4;01.02.2026;too;many',
    'A4 ;1.234,00;5;02.02.2026',
  ].join('\r\n');
  const lake = await openTestLake({ 'feed.csv': Buffer.from(dirty, 'latin1') });
  const answer = await lake.call('inspect_file', { path: 'feed.csv' });
  expect(answer).toMatchObject({
    format: 'csv',
    encoding: 'windows-1252',
    dialect: { delimiter: ';', quote: '"', header: true, skip_lines: 1 },
    columns: [
      { name: 'Artikel', type: 'VARCHAR' },
      { name: 'Preis', type: 'DECIMAL(18,2)' },
      { name: 'Preis_2', type: 'INTEGER' },
      { name: 'Stand', type: 'DATE' },
    ],
    record_count: 4,
    suggested_options: {
      decimal_separator: ',',
      null_values: ['N/A'],
      date_format: ['%d.%m.%Y', '%Y-%m-%d', '%Y-%m-%d %H:%M:%S'],
    },
  });
  expect(answer['notes']).toEqual([
    'encoding is windows-1252, not UTF-8',
    '1 lines above the table are skipped',
    'repeated header names got a number: Preis_2',
    '1 records have too_many_columns, first at line 5: 6 fields where 4 are expected',
    '"Artikel": 1 values have blanks at the ends',
    '"Preis": null is also written "N/A"',
    '"Preis": 2 decimal commas',
    '"Stand": mixed date formats',
  ]);
});

test('the suggested options of inspect_file are options of ingest', async () => {
  const lake = await openTestLake({ 'p.csv': Buffer.from(germanCsv, 'latin1') });
  const { suggested_options: options } = await lake.call('inspect_file', { path: 'p.csv' });
  await lake.call('create_table', { table: 'product_raw.shop', columns });
  const report = await lake.call('ingest', {
    path: 'p.csv',
    table: 'product_raw.shop',
    vendor_name: 's',
    options,
  });
  expect(report).toMatchObject({ rows_read: 3, rows_loaded: 3 });
});

test('profile_file counts nulls, distinct values and candidate keys over the whole file', async () => {
  const lake = await openTestLake({ 'p.csv': germanCsv });
  const answer = await lake.call('profile_file', { path: 'p.csv', options: { null_values: ['N/A'] } });
  expect(answer).toMatchObject({ rows: 3, rejected_rows: 0, candidate_keys: ['sku', 'name'] });
  expect((answer['columns'] as Row[])[2]).toMatchObject({
    name: 'price',
    nulls: 1,
    distinct: 2,
    min: 7,
    max: 1234.5,
  });
});

test.each<[string, string, string | Buffer, string]>([
  ['an empty file', 'p.csv', '', '"p.csv" is empty (0 bytes).'],
  ['broken JSON', 'p.json', '[{"a":1},', 'The file is not one JSON document'],
  ['broken XML', 'p.xml', '<a><b></a>', 'The file is not well-formed XML'],
  [
    'a ZIP that is no workbook',
    'p.xlsx',
    Buffer.from('PK\u0003\u0004rubbish', 'latin1'),
    'not a readable XLSX workbook',
  ],
  ['rubbish as Parquet', 'p.parquet', Buffer.from('PAR1rubbish', 'latin1'), 'not readable Parquet'],
  ['an old Excel file', 'p.xls', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'old binary Excel file'],
  ['deep nesting', 'p.xml', '<a>'.repeat(5000), 'nested more than 200 deep'],
])('%s is told clearly', async (_, path, content, message) => {
  const lake = await openTestLake({ [path]: content });
  const text = await lake.failure('inspect_file', { path });
  expect(text).toContain(message);
  expect(text).not.toContain(lake.folder);
});

test('a sheet, a record path and an element that are not there name those that are', async () => {
  const lake = await openTestLake({ 'p.xlsx': sheet, 'p.json': json(records), 'p.xml': '<a><b i="1"/></a>' });
  expect(await lake.failure('inspect_file', { path: 'p.xlsx', options: { sheet: 'Prodcts' } })).toContain(
    '"Products"',
  );
  expect(
    await lake.failure('inspect_file', { path: 'p.json', options: { record_path: '/data/items' } }),
  ).toContain('"products"');
  expect(
    await lake.failure('inspect_file', { path: 'p.xml', options: { record_element: 'item' } }),
  ).toContain('a/b');
});
