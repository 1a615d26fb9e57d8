import { execFile } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32, deflateRawSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { JsonCutter } from '../../../src/servers/lake/sources/json-cutter.ts';
import { readXmlRecords } from '../../../src/servers/lake/sources/xml-records.ts';
import { checkWorkbook } from '../../../src/servers/lake/sources/zip-guard.ts';
import { makeXlsx } from './support/make-xlsx.ts';
import { openTestLake, temporaryFolder, writeInto } from './support/open-test-lake.ts';

// Every file here was made for these tests.
const table = 'product_raw.t';
const two = [
  { name: 'id', type: 'INTEGER' },
  { name: 'name', type: 'VARCHAR' },
];
const load = (path: string, options: Record<string, unknown> = {}) => ({
  path,
  table,
  vendor_name: 'v',
  options,
});

/** Writes a large file piece by piece, outside of the heap. */
function largeFile(name: string, pieces: Iterable<string>): { folder: string; path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'lake-large-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const handle = openSync(join(folder, name), 'w');
  for (const piece of pieces) writeSync(handle, piece);
  closeSync(handle);
  return { folder, path: join(folder, name) };
}

function* jsonOnOneLine(records: number): Generator<string> {
  yield '{"meta":{"note":"}],"},"data":{"products":[';
  const filler = 'x'.repeat(900);
  for (let from = 0; from < records; from += 1000) {
    const part = Array.from({ length: 1000 }, (_, index) => `{"id":${from + index},"name":"[${filler}\\"]"}`);
    yield (from > 0 ? ',' : '') + part.join(',');
  }
  yield ']}}';
}

function* xmlFeed(records: number): Generator<string> {
  yield '<?xml version="1.0"?><feed>';
  const filler = 'y'.repeat(900);
  for (let from = 0; from < records; from += 1000) {
    yield Array.from(
      { length: 1000 },
      (_, index) => `<p id="${from + index}"><name>${filler}</name></p>`,
    ).join('');
  }
  yield '</feed>';
}

const readInSmallHeap = `
  import { openSource } from ${JSON.stringify(join(import.meta.dirname, '../../../src/servers/lake/sources/open-source.ts'))};
  const [absolute, path] = process.argv.slice(1);
  const source = await openSource({ absolute, path }, {});
  const reading = source.read(source.columns);
  let records = 0;
  for await (const batch of reading.batches) records += batch.length;
  console.log(JSON.stringify({ records, counted: await source.countUnits(), columns: source.columns }));
`;

test.each([
  ['products.json', () => jsonOnOneLine(150_000), ['id', 'name']],
  ['products.xml', () => xmlFeed(150_000), ['@id', 'name']],
])('%s of 140 MB is read in a heap of 64 MB', { timeout: 240_000 }, async (name, pieces, columns) => {
  const { path } = largeFile(name, pieces());
  const flags = ['--max-old-space-size=64', '--input-type=module', '-e', readInSmallHeap, path, name];
  const { stdout } = await promisify(execFile)(process.execPath, flags);
  expect(JSON.parse(stdout)).toEqual({ records: 150_000, counted: 150_000, columns });
});

test.each([
  ['no line end at all', '"'.repeat(1000), 1],
  ['a quote now and then', `"${'x'.repeat(200)}\n`.repeat(5), undefined],
  ['open quotes in the middle', `a,"${'y'.repeat(200)}\n`.repeat(5), undefined],
])('12 MB of quotes, %s: every line is accounted for', { timeout: 120_000 }, async (_, piece, records) => {
  const { folder } = largeFile(
    'bomb.csv',
    (function* () {
      yield 'id,name\n';
      for (let bytes = 0; bytes < 12_000_000; bytes += piece.length) yield piece;
    })(),
  );
  const lake = await openTestLake({}, { roots: [folder] });
  await lake.call('create_table', { table, columns: two });
  const answer = await lake.call('ingest', load('bomb.csv', { header: true, delimiter: ',', skip_lines: 0 }));
  expect(Number(answer['rows_loaded']) + Number(answer['rows_rejected'])).toBe(answer['rows_read']);
  if (records !== undefined) expect(answer['rows_read']).toBe(records);
});

test('a value that is too long is cut out as its start, wherever the text was divided', () => {
  const values: { length: number; isTooLarge: boolean }[] = [];
  const cutter = new JsonCutter(
    {
      at: () => 'parts',
      member: (_, { text, isTooLarge }) => values.push({ length: text.length, isTooLarge }),
      value: () => undefined,
    },
    { longest: 10_000 },
  );
  for (const piece of ['[1,"', ...Array.from({ length: 50 }, () => 'z'.repeat(1000)), '",{"a":2}]'])
    cutter.push(piece);
  cutter.end();
  expect(values).toEqual([
    { length: 1, isTooLarge: false },
    { length: 4096, isTooLarge: true },
    { length: 7, isTooLarge: false },
  ]);
});

test('an XML record that is too long is given by its start; the others are whole', async () => {
  const folder = temporaryFolder();
  const long = '<b>filler</b>'.repeat(200_000);
  writeInto(folder, 'f.xml', `<l><p><a>1</a></p><p><a>2</a>${long}</p><p><a>3</a></p></l>`);
  const file = { path: join(folder, 'f.xml'), encoding: { encoding: 'utf-8', bomBytes: 0 } } as const;
  const records = [];
  for await (const some of readXmlRecords(file, 'p', 100_000)) records.push(...some);
  expect(records.map(({ isTooLarge, raw }) => [isTooLarge, raw.slice(0, 12), raw.length <= 4096])).toEqual([
    [false, '<p><a>1</a><', true],
    [true, '<p><a>2</a><', true],
    [false, '<p><a>3</a><', true],
  ]);
});

test.each([
  ['half a document', '{"a":[{"id":1},{"id"', 'the JSON ends too early'],
  ['a broken record', '{"a":[{"id":1},{"id":}]}', 'not valid JSON'],
  ['two documents', '[{"id":1}] [{"id":2}]', 'not valid JSON at character 12'],
  ['a repeated path', '{"a":[{"id":1}],"a":[{"id":2}]}', 'two values at "/a"'],
])('JSON: %s is refused and the table is unchanged', async (_, text, words) => {
  const lake = await openTestLake({ 'f.json': text });
  await lake.call('create_table', { table, columns: two.slice(0, 1) });
  expect(await lake.failure('ingest', load('f.json', { format: 'json' }))).toContain(words);
  expect(await lake.rows(`SELECT count(*) AS n FROM ${table}`)).toEqual([{ n: 0 }]);
});

const bomb = `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">${Array.from(
  { length: 20 },
  (_, index) => `<!ENTITY c${index} "&${index === 0 ? 'b' : `c${index - 1}`};&b;&b;&b;&b;&b;">`,
).join('')}<!ENTITY file SYSTEM "file:///etc/passwd">]>`;

test.each(['&c19;', '&file;'])('an entity that a DOCTYPE declares is not expanded: %s', async (entity) => {
  const lake = await openTestLake({ 'f.xml': `${bomb}<l><p><id>1</id><name>${entity}</name></p></l>` });
  await lake.call('create_table', { table, columns: two });
  const words = await lake.failure('ingest', load('f.xml', { record_element: 'p' }));
  expect(words).toContain('entities that its DOCTYPE declares are not expanded');
  expect(words).not.toContain('root:');
});

test('a DOCTYPE with parameter entities, as BMEcat has it, does no harm', async () => {
  const doctype = `<!DOCTYPE BMECAT SYSTEM "bmecat_new_catalog_1_2.dtd" [\n<!ENTITY % NAMES "<!ELEMENT ARTICLE (#PCDATA)>">\n%NAMES;\n<!-- ${'-> '.repeat(30_000)} -->\n]>`;
  const lake = await openTestLake({
    'f.xml': `<?xml version="1.0" encoding="UTF-8"?>\n${doctype}\n<BMECAT><T><ARTICLE><id>1</id><name>Größe &amp; Maß</name></ARTICLE></T></BMECAT>`,
  });
  await lake.call('create_table', { table, columns: two });
  expect(await lake.call('ingest', load('f.xml', { record_element: 'ARTICLE' }))).toMatchObject({
    rows_loaded: 1,
  });
  expect(await lake.rows(`SELECT name FROM ${table}`)).toEqual([{ name: 'Größe & Maß' }]);
});

test('a Google Merchant feed: names with a prefix, CDATA, items of a channel', async () => {
  const item = (id: number) =>
    `<item><g:id>${id}</g:id><title><![CDATA[Lamp <b>&amp;</b> chain]]></title><g:price>12.50 EUR</g:price></item>`;
  const lake = await openTestLake({
    'f.xml': `<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>t</title>${item(1)}${item(2)}</channel></rss>`,
  });
  await lake.call('create_table', { table, columns: two });
  const options = { columns: { id: 'g:id', name: 'title' } };
  expect(await lake.call('ingest', load('f.xml', options))).toMatchObject({ rows_loaded: 2 });
  expect(await lake.rows(`SELECT DISTINCT name FROM ${table}`)).toEqual([
    { name: 'Lamp <b>&amp;</b> chain' },
  ]);
});

test.each([
  ['ISO-8859-1', 'latin1', 'Größe'],
  ['windows-1252', 'latin1', 'Größe'],
  ['UTF-8', 'utf8', 'Größe'],
] as const)('XML that says encoding="%s" is read so', async (declared, as, name) => {
  const text = `<?xml version="1.0" encoding="${declared}"?><l><p><id>1</id><name>Größe</name></p><p><id>2</id><name>a</name></p></l>`;
  const lake = await openTestLake({ 'f.xml': Buffer.from(text, as) });
  await lake.call('create_table', { table, columns: two });
  await lake.call('ingest', load('f.xml'));
  expect(await lake.rows(`SELECT name FROM ${table} WHERE id = 1`)).toEqual([{ name }]);
});

test('XML in an encoding that the lake does not read is refused by its name', async () => {
  const text = Buffer.from(
    '<?xml version="1.0" encoding="IBM037"?><l><p><id>1</id><name>\xb6\xd0</name></p></l>',
    'latin1',
  );
  const lake = await openTestLake({ 'f.xml': text });
  await lake.call('create_table', { table, columns: two });
  expect(await lake.failure('ingest', load('f.xml'))).toContain('"ibm037"');
});

test('XML in an old encoding is read as it says', async () => {
  const text = Buffer.from(
    '<?xml version="1.0" encoding="ISO-8859-5"?><l><p><id>1</id><name>\xb6\xd0</name></p></l>',
    'latin1',
  );
  const lake = await openTestLake({ 'f.xml': text });
  await lake.call('create_table', { table, columns: two });
  expect(await lake.call('ingest', load('f.xml'))).toMatchObject({ encoding: 'iso-8859-5', rows_loaded: 1 });
  expect(await lake.rows(`SELECT name FROM ${table}`)).toEqual([{ name: 'Жа' }]);
});

/** A workbook whose first sheet is `unpacked` bytes of blanks; `said` is what its archive says of them. */
function zipBomb(unpacked: number, said: number): Buffer {
  const data = deflateRawSync(Buffer.alloc(unpacked, 32));
  const name = Buffer.from('xl/worksheets/sheet1.xml');
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(8, 4);
  common.writeUInt32LE(crc32(data), 10);
  common.writeUInt32LE(data.length, 14);
  common.writeUInt32LE(said, 18);
  common.writeUInt16LE(name.length, 22);
  const file = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), common, name, data]);
  const directory = Buffer.concat([
    Buffer.from('PK\u0001\u0002\u0014\u0000', 'latin1'),
    common,
    Buffer.alloc(14),
    name,
  ]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(file.length, 12);
  return Buffer.concat([file, directory, Buffer.from('PK\u0005\u0006', 'latin1'), end]);
}

test.each([
  ['says how large it is', 4_000_000, 4_000_000, 'unpacks to more than 1000000 bytes'],
  ['says that it is small', 4_000_000, 1000, 'unpacks to more than 1000000 bytes'],
  ['says that it is larger than it is', 1000, 900_000, 'says of its parts what is not so'],
])('a zip bomb that %s is refused before it is unpacked', async (_, unpacked, said, words) => {
  const folder = temporaryFolder({ 'f.xlsx': zipBomb(unpacked, said) });
  await expect(checkWorkbook(join(folder, 'f.xlsx'), 1_000_000)).rejects.toThrow(words);
});

test('a workbook that ends in the middle is refused', async () => {
  const whole = makeXlsx({
    S: [
      ['id', 'name'],
      [1, 'a'],
    ],
  });
  const lake = await openTestLake({ 'f.xlsx': whole.subarray(0, whole.length - 40) });
  await lake.call('create_table', { table, columns: two });
  expect(await lake.failure('ingest', load('f.xlsx'))).toContain('not a readable XLSX workbook');
});

test('a workbook with hundreds of columns, several sheets, blank rows and cells', async () => {
  const names = Array.from({ length: 400 }, (_, index) => `c${index}`);
  const row = (value: number) => names.map((_, index) => (index % 3 === 0 ? null : value + index));
  const lake = await openTestLake({
    'f.xlsx': makeXlsx({
      "It's; DROP TABLE": [['other'], ['x']],
      Daten: [names, row(1), [], names.map(() => ''), row(2), ['', ' ', null]],
    }),
  });
  await lake.call('create_table', { table, columns: names.map((name) => ({ name, type: 'VARCHAR' })) });
  const answer = await lake.call('ingest', load('f.xlsx', { sheet: 'Daten' }));
  expect(Number(answer['rows_loaded'])).toBe(answer['rows_read']);
  expect(await lake.rows(`SELECT c1, c399, c0 FROM ${table} ORDER BY _source_line LIMIT 2`)).toEqual([
    { c1: '2', c399: null, c0: null },
    { c1: '3', c399: null, c0: null },
  ]);
});

test.each<[string, string, Record<string, unknown>, string]>([
  [
    'CSV whose first line has no end',
    'f.csv',
    {},
    'Line 1 of the file is longer than 512 KiB, so its columns cannot be told.',
  ],
  [
    'CSV whose first line below those that are skipped has no end',
    'g.csv',
    { skip_lines: 2, delimiter: ',' },
    'Line 3 of the file is longer than 512 KiB',
  ],
  ['JSON of records without names', 'n.json', { format: 'json' }, 'No column was found in the file'],
])('%s is refused, and the table is unchanged', async (_, path, options, words) => {
  const lake = await openTestLake({
    'f.csv': `${'id,name,'.repeat(100_000)}`,
    'g.csv': `title\nnote\n${'id,name,'.repeat(100_000)}`,
    'n.json': `[${'1,'.repeat(1000)}1]`,
  });
  await lake.call('create_table', { table, columns: two });
  expect(await lake.failure('ingest', load(path, options))).toContain(words);
  expect(await lake.rows(`SELECT count(*) AS n FROM ${table}`)).toEqual([{ n: 0 }]);
});

test.each([
  [
    'attributes of one element',
    () => Array.from({ length: 300_000 }, (_, index) => ` a${index}="x"`).join(''),
    'The attributes of one element take more than 4 MiB (line 1).',
  ],
  ['an attribute', () => ` a="${'x'.repeat(6_000_000)}"`, 'an attribute is longer than 4 MiB'],
  ['a comment', () => `/><!--${'x'.repeat(6_000_000)}--><q`, 'a comment is longer than 4 MiB'],
])('XML: %s beyond all measure, and the file is refused', async (_, markup, words) => {
  const lake = await openTestLake({ 'f.xml': `<l><p><id>1</id></p><p${markup()}/></l>` });
  expect(await lake.failure('inspect_file', { path: 'f.xml' })).toContain(words);
});

test('a file of more columns than a table takes: what to do is said, and those that are asked for are loaded', async () => {
  const names = Array.from({ length: 1500 }, (_, index) => `attribute_${index}`);
  const rows = [names, names.map((_, index) => index), names.map((_, index) => index * 2)];
  const lake = await openTestLake({
    'f.csv': rows.map((row) => row.join(',')).join('\n'),
    'f.xlsx': makeXlsx({ S: rows }),
  });
  const columns = names.map((name) => ({ name, type: 'INTEGER' }));
  expect(await lake.failure('create_table', { table, columns })).toContain(
    'a table has at most 1000 columns: give those that are asked for; ingest leaves out',
  );
  const asked = columns.slice(900, 1400);
  await lake.call('create_table', { table, columns: asked });
  for (const path of ['f.csv', 'f.xlsx']) {
    const { column_count: count, notes } = await lake.call('inspect_file', { path });
    expect([count, String(notes)]).toEqual([
      1500,
      expect.stringContaining('1500 columns; only the first 200 were looked at; a table has at most 1000'),
    ]);
    expect(await lake.call('ingest', load(path))).toMatchObject({ rows_loaded: 2, rows_rejected: 0 });
  }
  expect(await lake.rows(`SELECT sum(attribute_1399) AS s FROM ${table}`)).toEqual([{ s: 2 * 1399 * 3 }]);
});

test('half a Parquet file is refused and the table is unchanged', async () => {
  const lake = await openTestLake({
    'f.parquet': Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(5000, 7)]),
  });
  await lake.call('create_table', { table, columns: two });
  expect(await lake.failure('ingest', load('f.parquet'))).toContain('not readable Parquet');
  expect(await lake.rows(`SELECT count(*) AS n FROM ${table}`)).toEqual([{ n: 0 }]);
});

const oddNames = [
  `Robert'); DROP TABLE product_raw.t;--`,
  'a"b',
  'x/../y',
  'größe 🚲',
  '%s {{name}} `x`',
  '$$',
];

test.each(oddNames)('the name %s is a name: of a vendor, a column, a record, a file', async (name) => {
  const file = `${name.replaceAll('/', '_')}.csv`;
  const quoted = `"${name.replaceAll('"', '""')}"`;
  const lake = await openTestLake({ [file]: `id,${quoted}\n1,${quoted}\nx,${quoted}\n` });
  await lake.call('create_table', { table, columns: two, partitioned_by: ['_vendor_name'] });
  const options = { delimiter: ',', header: true, skip_lines: 0, columns: { name } };
  const answer = await lake.call('ingest', { ...load(file, options), vendor_name: name });
  expect(answer).toMatchObject({ rows_loaded: 1, rows_rejected: 1 });
  expect(await lake.rows(`SELECT name, _vendor_name AS v, _source_file AS f FROM ${table}`)).toEqual([
    { name, v: name, f: file },
  ]);
  expect(await lake.rows('SELECT vendor_name AS v, raw_row AS r FROM product_raw.ingest_errors')).toEqual([
    { v: name, r: `x,${quoted}` },
  ]);
});

test('a large file leaves no copy behind, loaded or not', { timeout: 120_000 }, async () => {
  const warehouse = temporaryFolder();
  const { folder, path } = largeFile(
    'large.csv',
    (function* () {
      yield 'id,name\n';
      for (let from = 0; from < 400_000; from += 1000) {
        yield Array.from(
          { length: 1000 },
          (_, index) => `${from + index},name of a product ${from + index}\n`,
        ).join('');
      }
      yield 'x,"never closed\n';
    })(),
  );
  const lake = await openTestLake({}, { roots: [folder], warehouse });
  await lake.call('create_table', {
    table,
    columns: two,
    partitioned_by: ['_vendor_name', '_ingestion_date'],
  });
  expect(await lake.call('ingest', load('large.csv'))).toMatchObject({
    rows_loaded: 400_000,
    rows_rejected: 1,
  });
  expect(
    await lake.rows(
      `SELECT count(*) AS n, sum(id) AS s, max(_source_line) AS l FROM ${table} WHERE _vendor_name = 'v'`,
    ),
  ).toEqual([{ n: 400_000, s: 79999800000, l: 400_001 }]);
  expect(readdirSync(join(warehouse, '.scratch')).filter((name) => name.includes('load'))).toEqual([]);
  expect(path).toContain('large.csv');
});
