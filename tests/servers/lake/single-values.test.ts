import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Value } from '../../../src/servers/lake/sources/json-value.ts';
import { repeatedKey } from '../../../src/servers/lake/sources/repeated-key.ts';
import { storeZip } from '../../../src/servers/lake/sources/stored-zip.ts';
import { openTestLake, type Row } from './support/open-test-lake.ts';

const rejectsOf =
  'SELECT line, column_name, reason, detail, raw_row FROM product_raw.ingest_errors ORDER BY line, byte_offset';

async function loaded(
  path: string,
  content: string | Buffer,
  { types, options = {} }: { types: Readonly<Record<string, string>>; options?: Row },
) {
  const lake = await openTestLake({ [path]: content });
  const columns = Object.entries(types).map(([name, type]) => ({ name, type }));
  await lake.call('create_table', { table: 'product_raw.t', columns });
  const report = await lake.call('ingest', { path, table: 'product_raw.t', vendor_name: 'v', options });
  const names = Object.keys(types).join(', ');
  const rows = await lake.rows(`SELECT ${names} FROM product_raw.t ORDER BY _source_line`);
  return { lake, report, rows, rejects: await lake.rows(rejectsOf) };
}

const price = (amount: number, kind = 'net') => `<PRICE kind="${kind}"><AMOUNT>${amount}</AMOUNT></PRICE>`;
const article = (sku: string, prices: string) =>
  `<ARTICLE><SKU>${sku}</SKU><PRICES>${prices}</PRICES><EXT><UDX.KG>${sku.length}</UDX.KG></EXT></ARTICLE>`;
const xml = `<C>\n${article('A', price(1))}\n${article('BB', price(2) + price(3, 'gross'))}\n${article('C', '')}\n</C>`;
const json = JSON.stringify([
  { sku: 'A', offers: [{ price: 1 }] },
  { sku: 'B', offers: { price: 2 } },
  { sku: 'C', offers: [{ price: 3 }, { price: 4 }] },
  { sku: 'D', offers: [] },
  { sku: 'E', offers: [{ price: null }, { price: 5 }] },
  { sku: 'F', offers: [{ prices: 6 }, { price: [7] }] },
]);

test('several values of XML where a column takes one are a reject that says what to type', async () => {
  const types = { sku: 'VARCHAR', price: 'DECIMAL(9,2)' };
  const path = 'PRICES.PRICE.AMOUNT';
  const { rows, rejects, lake } = await loaded('p.xml', xml, {
    types,
    options: { record_element: 'ARTICLE', columns: { price: path } },
  });
  expect(rows).toEqual([
    { sku: 'A', price: 1 },
    { sku: 'C', price: null },
  ]);
  expect(rejects).toMatchObject([
    {
      line: 3,
      column_name: 'price',
      reason: 'several_values',
      detail: `price: several_values, 2 values at "${path}"; options.columns may name the first as "PRICES.PRICE.0.AMOUNT"`,
    },
  ]);
  const mended = await lake.call('ingest', {
    path: 'p.xml',
    table: 'product_raw.t',
    vendor_name: 'v',
    options: { record_element: 'ARTICLE', columns: { price: 'PRICES.PRICE.0.AMOUNT' } },
  });
  expect(mended).toMatchObject({ rows_loaded: 3, rows_rejected: 0 });
  expect(await lake.rows('SELECT price FROM product_raw.t ORDER BY _source_line')).toEqual([
    { price: 1 },
    { price: 2 },
    { price: null },
  ]);
});

test('the first of several is there in a file that has one of each', async () => {
  const { rows } = await loaded('p.xml', `<C>${article('A', price(1))}${article('B', price(2))}</C>`, {
    types: { sku: 'VARCHAR', price: 'DECIMAL(9,2)', kind: 'VARCHAR', second: 'INTEGER' },
    options: {
      record_element: 'ARTICLE',
      columns: {
        price: 'PRICES.PRICE.0.AMOUNT',
        kind: 'PRICES.PRICE.0.@kind',
        second: 'PRICES.PRICE.1.AMOUNT',
      },
    },
  });
  expect(rows).toMatchObject([
    { price: 1, kind: 'net', second: null },
    { price: 2, kind: 'net', second: null },
  ]);
});

test('names that hold dots are found below others as well', async () => {
  const { rows } = await loaded('p.xml', xml, {
    types: { sku: 'VARCHAR', kg: 'INTEGER' },
    options: { record_element: 'ARTICLE', columns: { kg: 'EXT.UDX.KG' } },
  });
  expect(rows).toEqual([
    { sku: 'A', kg: 1 },
    { sku: 'BB', kg: 2 },
    { sku: 'C', kg: 1 },
  ]);
});

test('several values of JSON: a list of one is that one, of several none is taken, and columns of lists take all', async () => {
  const options = { columns: { price: 'offers.price' } };
  const one = await loaded('p.json', json, { types: { sku: 'VARCHAR', price: 'INTEGER' }, options });
  expect(one.rows).toEqual([
    { sku: 'A', price: 1 },
    { sku: 'B', price: 2 },
    { sku: 'D', price: null },
    { sku: 'E', price: 5 },
  ]);
  expect(one.rejects).toMatchObject([
    {
      line: 3,
      column_name: 'price',
      reason: 'several_values',
      raw_row: '{"sku":"C","offers":[{"price":3},{"price":4}]}',
    },
    { line: 6, column_name: 'price', reason: 'invalid_integer' },
  ]);
  const all = await loaded('p.json', json, { types: { sku: 'VARCHAR', price: 'INTEGER[]' }, options });
  expect(all.rows.find(({ sku }) => sku === 'C')).toEqual({ sku: 'C', price: [3, 4] });
});

test('a look at a file says that a path has several values', async () => {
  const lake = await openTestLake({ 'p.json': json });
  const { notes } = await lake.call('inspect_file', { path: 'p.json' });
  expect(notes).toContainEqual(
    expect.stringMatching(/^1 records have several_values, first at line 3: 2 values at "offers.price"/),
  );
});

const dirty = [
  '{"sku": "A","price":1e400,  "n":1}',
  '{"sku":"B","price":2, "sku":"C"}',
  '{"sku":"D","price":3,"more":[{"x":{"k":1,"\\u006b" : 2}}]}',
  '{"sku":"E:\\"x\\":\\\\","price":4,"more":{"a":{"sku":1},"b":{"sku":2}}}',
  '{"sku":"F","price":-1E+999}',
  '{"sku":"G","price":123456789.123456789}',
  '{"sku":"H","price":1e-400}',
];

test.each([
  ['JSON', 'p.json', `[\n${dirty.join(',\n')}\n]`],
  ['NDJSON', 'p.ndjson', `${dirty.join('\n')}\n`],
])(
  '%s: a raw row is the text of the file, a number is what is written there, and no key is lost',
  async (_, path, text) => {
    const { rows, rejects } = await loaded(path, text, { types: { sku: 'VARCHAR', price: 'DOUBLE' } });
    expect(rows.map(({ sku }) => sku)).toEqual(['E:"x":\\', 'G', 'H']);
    expect(rejects).toEqual([
      {
        line: 1,
        column_name: 'price',
        reason: 'invalid_number',
        detail: 'price: invalid_number "1e400"',
        raw_row: dirty[0],
      },
      {
        line: 2,
        column_name: null,
        reason: 'duplicate_key_in_record',
        detail: 'an object of the record has the key "sku" twice',
        raw_row: dirty[1],
      },
      {
        line: 3,
        column_name: null,
        reason: 'duplicate_key_in_record',
        detail: 'an object of the record has the key "k" twice',
        raw_row: dirty[2],
      },
      {
        line: 5,
        column_name: 'price',
        reason: 'invalid_number',
        detail: 'price: invalid_number "-1E+999"',
        raw_row: dirty[4],
      },
    ]);
  },
);

test('no JSON without a repeated key is taken for one, and a key that is added again is found', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('', ' ', '\n\t'), (value, blanks) => {
      const json = JSON.stringify(value, undefined, blanks);
      const text = json.replaceAll('":', `"${blanks}:`);
      const parsed = tried(() => JSON.parse(text) as Value);
      if (parsed !== undefined) expect(repeatedKey(text, parsed)).toBeUndefined();
      const twice = `{"a":${json},"b\\"":[{"k":0,"":${json},"k":1}]}`;
      expect(repeatedKey(twice, JSON.parse(twice) as Value)).toBe('k');
    }),
  );
});

const tried = <T>(work: () => T): T | undefined => {
  try {
    return work();
  } catch {
    // Blanks before a colon in a text make it no JSON any more, at times.
    return undefined;
  }
};

test.each([
  ['DECIMAL(20,9)', ['precision_loss', 4, 'precision_loss', '123456789.123456789', 'precision_loss']],
  ['VARCHAR', ['1e400', '4', '-1E+999', '123456789.123456789', '1e-400']],
  ['INTEGER', ['not_an_integer', 4, 'not_an_integer', 'not_an_integer', 'not_an_integer']],
])('numbers that no double holds, as %s', async (type, expected) => {
  const { rows, rejects } = await loaded('p.ndjson', `${dirty.join('\n')}\n`, {
    types: { sku: 'VARCHAR', price: type },
  });
  const outcome = (line: number) =>
    rejects.find((reject) => reject['line'] === line)?.['reason'] ??
    rows.find(({ sku }) => sku === (JSON.parse(dirty[line - 1] ?? '') as Row)['sku'])?.['price'];
  expect([1, 4, 5, 6, 7].map(outcome)).toEqual(expected);
});

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';

/** As a program writes it that calculates nothing: formulas without what they give. */
function withFormulas(rows: readonly string[]): Buffer {
  const sheet = `<?xml version="1.0"?><worksheet xmlns="${main}"><sheetData>${rows.map((row) => `<row>${row}</row>`).join('')}</sheetData></worksheet>`;
  return storeZip({
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="s"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels':
      '<Relationships><Relationship Id="s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/a.xml"/></Relationships>',
    'xl/worksheets/a.xml': sheet,
  });
}

const cell = (text: string) => `<c t="inlineStr"><is><t>${text}</t></is></c>`;

test('a formula whose value the file does not hold is a reject, where its column is loaded', async () => {
  const book = withFormulas([
    ['sku', 'price', 'note'].map(cell).join(''),
    `${cell('A')}<c><f>1+2</f><v>3</v></c><c><f>1+2</f></c>`,
    `${cell('B')}<c><f>1+2</f><v></v></c>`,
    `${cell('C')}<c><f>1+2</f><v/></c>`,
    `${cell('D')}<c t="str"><f>""</f><v></v></c>`,
    `${cell('E')}<c t="e"><f>1/0</f><v>#DIV/0!</v></c>`,
    '<c/><c><f>B2</f></c>',
    `${cell('F')}<c/>`,
  ]);
  const { rows, rejects, report, lake } = await loaded('p.xlsx', book, {
    types: { sku: 'VARCHAR', price: 'DECIMAL(9,2)' },
  });
  expect(report).toMatchObject({ rows_read: 7, rows_loaded: 4, rows_rejected: 3 });
  expect(rows).toEqual([
    { sku: 'A', price: 3 },
    { sku: 'D', price: null },
    { sku: 'E', price: null },
    { sku: 'F', price: null },
  ]);
  const detail = 'price: no_value, a formula, and the file does not hold what it gives';
  expect(rejects).toMatchObject(
    [3, 4, 7].map((line) => ({ line, column_name: 'price', reason: 'no_value', detail })),
  );
  const { notes } = await lake.call('inspect_file', { path: 'p.xlsx' });
  expect(notes).toContainEqual(expect.stringMatching(/^4 records have no_value, first at line 2: a formula/));
});
