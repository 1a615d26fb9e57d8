import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { makeXlsx } from './support/make-xlsx.ts';
import { openTestLake, type Row, temporaryFolder } from './support/open-test-lake.ts';

const columns = [
  { name: 'sku', type: 'VARCHAR' },
  { name: 'price', type: 'DECIMAL(10,2)' },
];
const rejectsOf =
  'SELECT line, byte_offset, reason, raw_row FROM product_raw.ingest_errors ORDER BY line, byte_offset';

async function rejectedOf(path: string, content: string | Buffer, options: Row = {}) {
  const lake = await openTestLake({ [path]: content });
  await lake.call('create_table', { table: 'product_raw.t', columns });
  await lake.call('ingest', { path, table: 'product_raw.t', vendor_name: 'v', options });
  return lake.rows(rejectsOf);
}

const utf16 = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le');
const bigEndian = (text: string): Buffer => utf16(text).swap16();
const withMark = (text: string): Buffer => Buffer.from(`\uFEFF${text}`);

const csv = 'sku,price\nÄ€😀,1\nbad-1,x\n"Größe\n2",3\nbad-2,y\n';
const lines =
  '{"sku":"Ä€😀","price":1}\n{"sku":"bad-1","price":"x"}\n\n {"sku":"Ü","price":2}\n{"sku":"bad-2","price":"y"}\n';
const json =
  '{ "von": "Ä€😀",\n  "data": [\n  {"sku": "Ü", "price": 1},\n  {"sku": "bad-1",\n   "price": "x"}, {"sku":"bad-2","price":"y"} ] }';
const xml = (encoding = ''): string => `<?xml version="1.0"${encoding}?>
<!-- <p> Größe < 1 --><shop name="Ä"><p><sku>Ü &lt; ß</sku><price>1</price></p>
<p
  of="a > b"><sku>bad-1</sku><price>x</price></p><p><sku><![CDATA[<p>]]></sku><price>2</price></p>
<p><sku>bad-2 €</sku><price>y</price></p></shop>`;
const latin = Buffer.from(xml(' encoding="ISO-8859-1"').replace('€', 'ß'), 'latin1');
const ofXml = { record_element: 'p' };
test.each<[string, string, string | Buffer, BufferEncoding | 'utf-16be', readonly number[], Row]>([
  ['CSV', 'p.csv', csv, 'utf8', [3, 6], {}],
  ['CSV with a byte order mark', 'p.csv', withMark(csv), 'utf8', [3, 6], {}],
  ['CSV in UTF-16', 'p.csv', utf16(csv), 'utf16le', [3, 6], {}],
  ['CSV in Latin-1', 'p.csv', Buffer.from(csv.replace('€😀', 'ß'), 'latin1'), 'latin1', [3, 6], {}],
  ['NDJSON', 'p.ndjson', lines, 'utf8', [2, 5], {}],
  ['NDJSON with a byte order mark', 'p.ndjson', withMark(lines), 'utf8', [2, 5], {}],
  ['NDJSON in UTF-16', 'p.ndjson', bigEndian(lines), 'utf-16be', [2, 5], {}],
  ['JSON', 'p.json', json, 'utf8', [2, 3], {}],
  ['JSON with a byte order mark', 'p.json', withMark(json), 'utf8', [2, 3], {}],
  ['JSON in UTF-16', 'p.json', utf16(json), 'utf16le', [2, 3], {}],
  ['JSON in UTF-16, big endian', 'p.json', bigEndian(json), 'utf-16be', [2, 3], {}],
  ['XML', 'p.xml', xml(), 'utf8', [3, 5], ofXml],
  ['XML with a byte order mark', 'p.xml', withMark(xml()), 'utf8', [3, 5], ofXml],
  ['XML in UTF-16', 'p.xml', utf16(xml()), 'utf16le', [3, 5], ofXml],
  ['XML in UTF-16, big endian', 'p.xml', bigEndian(xml()), 'utf-16be', [3, 5], ofXml],
  ['XML in Latin-1', 'p.xml', latin, 'latin1', [3, 5], ofXml],
])(
  '%s: the source at byte_offset is the raw row of the reject, and line is where it begins',
  async (...given) => {
    const [, path, content, encoding, expected, options] = given;
    const rejects = await rejectedOf(path, content, options);
    expect(rejects.map(({ line }) => line)).toEqual(expected);
    for (const { byte_offset, raw_row } of rejects) expect(textAt(content, byte_offset)).toBe(raw_row);

    function textAt(whole: string | Buffer, offset: unknown): string {
      const raw = String(rejects.find((reject) => reject['byte_offset'] === offset)?.['raw_row']);
      const bytes = Buffer.from(whole as Buffer).subarray(Number(offset));
      const text =
        encoding === 'utf-16be' ? Buffer.from(bytes).swap16().toString('utf16le') : bytes.toString(encoding);
      return text.slice(0, raw.length);
    }
  },
);

test('broken bytes before a record of XML do not move the place of it', async () => {
  const broken = Buffer.from(
    xml().replace('Größe', 'Gr\u00c3\u00e2\u0082\u00f0').replaceAll(/[€Üß]/g, ''),
    'latin1',
  );
  const rejects = await rejectedOf('p.xml', broken, { ...ofXml, encoding: 'utf-8' });
  expect(rejects.map(({ line }) => line)).toEqual([3, 5]);
  for (const { byte_offset, raw_row } of rejects)
    expect(broken.subarray(Number(byte_offset)).toString('latin1').startsWith(String(raw_row))).toBe(true);
});

// The file is read in pieces of one MiB: the first tag of a record may be cut in two anywhere.
test.each([0, 1, 2, 3, 100, 300])(
  'a tag of XML that is cut in two by %i bytes has its place and its text',
  async (before) => {
    const start = `<shop><!--${'ä'.repeat(1000)}`;
    const pad = 2 ** 20 - Buffer.byteLength(`${start}--><p/>`) - before;
    const tag = `<p of="${'ö'.repeat(150)}"\n>`;
    const text = `${start}${'x'.repeat(pad)}--><p/>${tag}<sku>bad-1</sku><price>x</price></p></shop>`;
    const [reject] = (await rejectedOf('p.xml', text, ofXml)).filter(
      ({ reason }) => reason !== 'not_an_object',
    );
    expect(reject).toMatchObject({ line: 1, byte_offset: 2 ** 20 - before });
    expect(reject?.['raw_row']).toBe(`${tag}<sku>bad-1</sku><price>x</price></p>`);
  },
);

test('a row of a sheet is told by its number there, and a place in the packed file means nothing', async () => {
  const sheet = makeXlsx({ S: [['sku', 'price'], ['a', 1], [null], ['bad', 'x']] });
  expect(await rejectedOf('p.xlsx', sheet)).toMatchObject([
    { line: 4, byte_offset: null, reason: 'invalid_decimal', raw_row: '{"sku":"bad","price":"x"}' },
  ]);
});

test('a row of Parquet is told by its number', async () => {
  const file = join(temporaryFolder(), 'p.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT * FROM (VALUES ('a', '1'), ('b', '2'), ('bad', 'x')) AS t(sku, price)) TO '${file}' (FORMAT parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  expect(await rejectedOf('p.parquet', readFileSync(file))).toMatchObject([
    { line: 3, byte_offset: null, raw_row: '{"sku":"bad","price":"x"}' },
  ]);
});

test('a reject names the run, the call, the file, the contract, the vendor and the load', async () => {
  const lake = await openTestLake({ 'feeds/p.csv': csv });
  await lake.call('create_table', { table: 'product_raw.t', columns, contract: 'feed@1.2.0' });
  const given = { path: 'feeds/p.csv', table: 'product_raw.t', vendor_name: "O'Neil" };
  await lake.client.callTool({
    name: 'ingest',
    arguments: { ...given, max_rejected_share: 1 },
    _meta: { 'io.aiworkflow/idempotency-key': 'run-7/load/0/call-1' },
  });
  const rows = await lake.rows(
    `SELECT * EXCLUDE (run_id, call_id, load_id, _ingested_at), run_id AS run, call_id AS call, load_id AS load,
       (SELECT min(_load_id) FROM product_raw.t) AS load_of_rows, _ingested_at = (SELECT max(_ingested_at) FROM product_raw.t) AS at_once
     FROM product_raw.ingest_errors ORDER BY line`,
  );
  const sha256 = createHash('sha256').update(csv).digest('hex');
  const common = {
    target_table: 'product_raw.t',
    vendor_name: "O'Neil",
    source_file: 'feeds/p.csv',
    source_sha256: sha256,
    column_name: 'price',
    reason: 'invalid_decimal',
    run: 'run-7',
    call: 'run-7/load/0/call-1',
    contract: 'feed@1.2.0',
    load: rows[0]?.['load_of_rows'],
    load_of_rows: expect.stringMatching(/./),
    at_once: true,
  };
  expect(rows).toEqual([
    {
      ...common,
      line: 3,
      byte_offset: Buffer.byteLength('sku,price\nÄ€😀,1\n'),
      detail: 'price: invalid_decimal "x"',
      raw_row: 'bad-1,x',
    },
    {
      ...common,
      line: 6,
      byte_offset: Buffer.byteLength(csv) - 'bad-2,y\n'.length,
      detail: 'price: invalid_decimal "y"',
      raw_row: 'bad-2,y',
    },
  ]);
});
