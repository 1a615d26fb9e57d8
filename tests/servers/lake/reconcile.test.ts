import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openTestLake, type Row } from './support/open-test-lake.ts';

const columns = [
  { name: 'sku', type: 'VARCHAR', nullable: false },
  { name: 'price', type: 'DECIMAL(8,2)' },
  { name: 'stock', type: 'INTEGER' },
  { name: 'since', type: 'DATE' },
];
const table = 'product_raw.feed';
const create = { table, columns, primary_key: ['sku'] };
const load = { path: 'f.csv', table, vendor_name: 'v' };

const dirty = [
  'sku,price,stock,since', // line 1
  'A1,1.50,3,2026-01-01',
  'A2,abc,3,2026-01-01', // invalid_decimal
  'A3,1.505,x,2026-01-01', // precision_loss first, invalid_integer second
  ',1,1,2026-01-01', // not_null
  'A1,2,2,2026-01-01', // duplicate_key
  'A6,1,1,2026-01-01,extra,more', // too_many_columns
  'A7,1', // too_few_columns
  'A8,1,1,2026-02-30', // invalid_date
  'A9,1,99999999999,2026-01-01', // out_of_range
  'B1,1,1.5,2026-01-01', // not_an_integer
  '"B2,1,1,2026-01-01', // malformed_quotes
  '',
  'B3,"2.00",,',
].join('\n');

test('every reject has its line, column, reason and raw row, once, and the counts add up', async () => {
  const lake = await openTestLake({ 'f.csv': dirty });
  await lake.call('create_table', create);
  const report = await lake.call('ingest', load);
  expect(report).toMatchObject({ rows_read: 12, rows_loaded: 2, rows_rejected: 10 });
  const errors = await lake.rows(
    'SELECT line, column_name, reason, detail, raw_row, byte_offset FROM product_raw.ingest_errors ORDER BY line',
  );
  expect(errors.map((row) => [row['line'], row['column_name'], row['reason']])).toEqual([
    [3, 'price', 'invalid_decimal'],
    [4, 'price', 'precision_loss'],
    [5, 'sku', 'not_null'],
    [6, 'sku', 'duplicate_key'],
    [7, null, 'too_many_columns'],
    [8, null, 'too_few_columns'],
    [9, 'since', 'invalid_date'],
    [10, 'stock', 'out_of_range'],
    [11, 'stock', 'not_an_integer'],
    [12, null, 'malformed_quotes'],
  ]);
  const lines = dirty.split('\n');
  for (const row of errors) {
    expect(row['raw_row']).toBe(lines[Number(row['line']) - 1]);
    expect(dirty.slice(Number(row['byte_offset'])).startsWith(String(row['raw_row']))).toBe(true);
  }
  expect(errors[1]?.['detail']).toBe('price: precision_loss "1.505"; stock: invalid_integer "x"');
  expect(await lake.rows(`SELECT sku, _source_line FROM ${table} ORDER BY 1`)).toEqual([
    { sku: 'A1', _source_line: 2 },
    { sku: 'B3', _source_line: 14 },
  ]);
});

test('the same content with the same options does nothing; with other options it replaces its load', async () => {
  const lake = await openTestLake({ 'f.csv': 'sku,price,stock,since\nA,"1,5",1,\nB,2,1,\n' });
  await lake.call('create_table', create);
  const first = await lake.call('ingest', load);
  expect(first).toMatchObject({ rows_loaded: 1, rows_rejected: 1, already_ingested: false });
  const again = await lake.call('ingest', load);
  expect(again).toEqual({ ...first, already_ingested: true });
  const mended = await lake.call('ingest', { ...load, options: { decimal_separator: ',' } });
  expect(mended).toMatchObject({ rows_loaded: 2, rows_rejected: 0, replaced_previous_load: true });
  expect(await lake.rows(`SELECT count(*) AS n FROM ${table}`)).toEqual([{ n: 2 }]);
  expect(await lake.rows('SELECT count(*) AS n FROM product_raw.ingest_errors')).toEqual([{ n: 0 }]);
});

test('a key that an earlier file has loaded is a duplicate', async () => {
  const lake = await openTestLake({
    'f.csv': 'sku,price,stock,since\nA,1,1,\n',
    'g.csv': 'sku,price,stock,since\nA,2,1,\nB,1,1,\n',
  });
  await lake.call('create_table', create);
  await lake.call('ingest', load);
  const second = await lake.call('ingest', { ...load, path: 'g.csv' });
  expect(second).toMatchObject({
    rows_loaded: 1,
    rejects_by_reason: [{ reason: 'duplicate_key', column: 'sku', rows: 1 }],
  });
});

test('rows with broken UTF-8 are rejected in a UTF-8 file, and the others keep their letters', async () => {
  const content = Buffer.concat([
    Buffer.from('sku,price,stock,since\nÄ1,1,1,\nÖ2,1,1,\nbad'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from(',1,1,\nÜ3,1,1,\n'),
  ]);
  const lake = await openTestLake({ 'f.csv': content });
  await lake.call('create_table', create);
  expect(await lake.call('ingest', load)).toMatchObject({
    rows_read: 4,
    rows_loaded: 3,
    rejects_by_reason: [{ reason: 'invalid_encoding', rows: 1 }],
  });
  expect(await lake.rows(`SELECT sku FROM ${table} ORDER BY _source_line`)).toEqual([
    { sku: 'Ä1' },
    { sku: 'Ö2' },
    { sku: 'Ü3' },
  ]);
});

test('NDJSON: broken lines and other kinds of records', async () => {
  const lines = [
    '{"sku":"A","price":1}',
    '{"sku":',
    '[1]',
    '',
    '{"sku":"B","price":"x"}',
    '{"sku":12345678901234567890,"price":2}',
  ];
  const lake = await openTestLake({ 'f.ndjson': lines.join('\n') });
  await lake.call('create_table', { ...create, columns: columns.slice(0, 2) });
  const report = await lake.call('ingest', { ...load, path: 'f.ndjson' });
  expect(report).toMatchObject({ rows_read: 5, rows_loaded: 2, rows_rejected: 3 });
  expect((report['sample_rejects'] as Row[]).map((row) => [row['line'], row['reason']])).toEqual([
    [2, 'invalid_json'],
    [3, 'not_an_object'],
    [5, 'invalid_decimal'],
  ]);
  expect(await lake.rows(`SELECT sku FROM ${table} ORDER BY _source_line DESC LIMIT 1`)).toEqual([
    { sku: '12345678901234567890' },
  ]);
});

test('a line of 10,000 columns and a line without end are one reject each', async () => {
  const wide = Array.from({ length: 10_000 }, (_, index) => index).join(',');
  const lake = await openTestLake({
    'f.csv': `sku,price,stock,since\nA,1,1,\n${wide}\n${'y'.repeat(9_000_000)}\nB,1,1,\n`,
  });
  await lake.call('create_table', create);
  expect(await lake.call('ingest', load)).toMatchObject({ rows_read: 4, rows_loaded: 2, rows_rejected: 2 });
});

test('more records than one batch holds', async () => {
  const lines = Array.from(
    { length: 120_001 },
    (_, index) => `S${index % 120_000},${index % 1000 === 7 ? 'x' : '1.25'},1,`,
  );
  const lake = await openTestLake({ 'f.csv': `sku,price,stock,since\n${lines.join('\n')}\n` });
  await lake.call('create_table', create);
  expect(await lake.call('ingest', load)).toMatchObject({
    rows_read: 120_001,
    rows_loaded: 119_880,
    rejects_by_reason: [
      { reason: 'invalid_decimal', rows: 120 },
      { reason: 'duplicate_key', rows: 1 },
    ],
  });
});

const plainCells = ['A', 'B', 'C9', '1', '2.5', '1.555', 'x', '', '2026-01-01', '99.99.9999', ' 5 ', 'é'];
const quotedCells = ['"q,q"', '"a\nb"', '"""', '"open', '"x"y'];
const rowOf = (cells: string[]) =>
  fc.array(fc.constantFrom(...cells), { minLength: 1, maxLength: 6 }).map((row) => row.join(','));
// Half of the files have no quotes: their true count needs no parser.
const rows = fc.oneof(
  fc.array(rowOf(plainCells), { maxLength: 25 }),
  fc.array(rowOf([...plainCells, ...quotedCells]), { maxLength: 25 }),
);
const dirtyFile = fc
  .tuple(rows, fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, last]) => ['sku,price,stock,since', ...lines].join(end) + (last ? end : ''));

test('property: read = loaded + rejected = what the file holds, for any dirt', {
  timeout: 240_000,
}, async () => {
  const lake = await openTestLake();
  await lake.call('create_table', create);
  await fc.assert(
    fc.asyncProperty(dirtyFile, async (text) => {
      lake.write('f.csv', text);
      const [before] = await lake.rows(
        `SELECT (SELECT count(*) FROM ${table}) + (SELECT count(*) FROM product_raw.ingest_errors) AS n`,
      );
      const report = await lake.call('ingest', {
        ...load,
        options: { header: true, skip_lines: 0, delimiter: ',' },
      });
      const [after] = await lake.rows(
        `SELECT (SELECT count(*) FROM ${table}) + (SELECT count(*) FROM product_raw.ingest_errors) AS n`,
      );
      expect(Number(report['rows_loaded']) + Number(report['rows_rejected'])).toBe(report['rows_read']);
      if (!report['already_ingested'])
        expect(Number(after?.['n']) - Number(before?.['n'])).toBe(report['rows_read']);
      if (!text.includes('"')) {
        const trueCount = text
          .split('\n')
          .slice(1)
          .filter((line) => /[^ \r]/.test(line)).length;
        expect(report['rows_read']).toBe(trueCount);
      }
    }),
    { numRuns: 50 },
  );
});
