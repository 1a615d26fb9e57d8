import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readFileFacts } from '../../../src/servers/lake/sources/file-facts.ts';
import { openTestLake, type Row, temporaryFolder } from './support/open-test-lake.ts';

const table = 'product_raw.feed';
const columns = [
  { name: 'id', type: 'INTEGER' },
  { name: 'name', type: 'VARCHAR' },
];
const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const stray = (count: number): string =>
  `${count} bytes are not valid UTF-8; those records are rejected; pass options.encoding to read it otherwise`;
const latin = (strays: number, sequences: number): string =>
  `read as windows-1252, for ${strays} bytes are not valid UTF-8; but ${sequences} sequences are: pass options.encoding "utf-8" if those are the letters, and the other records are rejected`;
const csv = (names: readonly string[]): Buffer =>
  bytes(`id,name\n${names.map((name, index) => `${index + 1},${name}\n`).join('')}`);
const repeat = (name: string, times: number): string[] => Array.from({ length: times }, () => name);

async function ingest(path: string, content: Buffer, options: Row = {}) {
  const lake = await openTestLake({ [path]: content });
  await lake.call('create_table', { table, columns });
  const load = { path, table, vendor_name: 'v', options };
  const report = await lake.call('ingest', load);
  const rows = await lake.rows(`SELECT name FROM ${table} ORDER BY _source_line`);
  return { lake, load, report, names: rows.map(({ name }) => name) };
}

// One row per case: file, names that are loaded, rejected records, encoding, note.
test.each<[string, Buffer, { names: string[]; rejected: number; encoding: string; notes?: string[] }]>([
  ['ASCII', csv(['a']), { names: ['a'], rejected: 0, encoding: 'utf-8' }],
  ['UTF-8', csv(['caf\xc3\xa9']), { names: ['café'], rejected: 0, encoding: 'utf-8' }],
  [
    'UTF-8 with more damaged bytes than sequences',
    csv(['caf\xc3\xa9', 'bad\xff\xfe', 'ok']),
    { names: ['café', 'ok'], rejected: 1, encoding: 'utf-8', notes: [stray(2)] },
  ],
  [
    'UTF-8 by its mark, damaged',
    Buffer.concat([bytes('\xef\xbb\xbf'), csv(['ok', 'bad\xff'])]),
    { names: ['ok'], rejected: 1, encoding: 'utf-8', notes: [stray(1)] },
  ],
  [
    'no valid sequence',
    csv(['caf\xe9', 'M\xfcller']),
    { names: ['café', 'Müller'], rejected: 0, encoding: 'windows-1252' },
  ],
  [
    'twenty stray bytes on a sequence',
    csv(['caf\xc3\xa9', ...repeat('\xe9', 20)]),
    { names: ['café'], rejected: 20, encoding: 'utf-8', notes: [stray(20)] },
  ],
  [
    'more than twenty stray bytes on a sequence',
    csv(['NESCAF\xc9\xae', ...repeat('\xe9', 21)]),
    {
      names: ['NESCAFÉ®', ...repeat('é', 21)],
      rejected: 0,
      encoding: 'windows-1252',
      notes: [latin(21, 1)],
    },
  ],
])('%s: inspect_file and ingest name the encoding and what speaks against it', async (_, content, wanted) => {
  const { lake, report, names } = await ingest('f.csv', content);
  const { encoding, notes } = wanted;
  expect(names).toEqual(wanted.names);
  expect(report).toMatchObject({ encoding, rows_rejected: wanted.rejected });
  expect(report['notes']).toEqual(notes);
  expect(report['rejects_by_reason']).toEqual(
    wanted.rejected > 0 ? [{ reason: 'invalid_encoding', column: null, rows: wanted.rejected }] : [],
  );
  const seen = await lake.call('inspect_file', { path: 'f.csv' });
  expect(seen).toMatchObject({ encoding, suggested_options: { encoding } });
  const doubts = (seen['notes'] as string[]).filter((note) => note.includes('options.encoding'));
  expect(doubts).toEqual(notes ?? []);
});

test('an encoding that is asked for is taken, and named without a doubt', async () => {
  const options = { encoding: 'windows-1252' };
  const { report, names } = await ingest('f.csv', csv(['caf\xc3\xa9', 'bad\xff']), options);
  expect(names).toEqual(['cafÃ©', 'badÿ']);
  expect(report).toMatchObject({ encoding: 'windows-1252', rows_rejected: 0 });
  expect(report).not.toHaveProperty('notes');
});

test('the encoding of a doubtful file, asked for by name, is the same load; another one replaces it', async () => {
  const { lake, load, report } = await ingest('f.csv', csv(['caf\xc3\xa9', 'bad\xff\xfe']));
  expect(report).toMatchObject({ already_ingested: false });
  const same = { ...load, options: { encoding: 'utf-8' } };
  expect(await lake.call('ingest', same)).toMatchObject({ already_ingested: true, notes: [stray(2)] });
  const other = { ...load, options: { encoding: 'windows-1252' } };
  expect(await lake.call('ingest', other)).toMatchObject({ replaced_previous_load: true, rows_loaded: 2 });
});

const objects = ['{"id":1,"name":"caf\xc3\xa9"}', '{"id":2,"name":"bad\xff\xfe"}', '{"id":3,"name":"ok"}'];
const elements = ['1,caf\xc3\xa9', '2,bad\xff\xfe', '3,ok']
  .map((pair) => pair.split(','))
  .map(([id, name]) => `<p><id>${id}</id><name>${name}</name></p>`);

test.each<[string, Buffer, Row]>([
  ['f.json', bytes(`[${objects.join(',')}]`), {}],
  ['f.json', bytes(`[${objects.join(',')}]`), { record_filter: { path: 'name', equals: 'café' } }],
  ['f.ndjson', bytes(objects.join('\n')), {}],
  ['f.xml', bytes(`<l>${elements.join('\n')}</l>`), {}],
])(
  '%s: a damaged record is rejected, never loaded with replacement letters (%#)',
  async (path, content, options) => {
    const { report, names } = await ingest(path, content, options);
    expect(names).toEqual('record_filter' in options ? ['café'] : ['café', 'ok']);
    expect(report).toMatchObject({
      encoding: 'utf-8',
      rows_rejected: 1,
      rejects_by_reason: [{ reason: 'invalid_encoding', rows: 1 }],
      notes: [stray(2)],
    });
  },
);

test('a replacement letter that the vendor sent is a letter', async () => {
  const { report, names } = await ingest('f.json', Buffer.from('[{"id":1,"name":"\uFFFD"}]'));
  expect(names).toEqual(['\uFFFD']);
  expect(report).not.toHaveProperty('notes');
});

test.each([
  ['caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80', 3, 0],
  ['\xff\xfe', 0, 2],
  ['cut \xe2\x82 here', 0, 2],
  ['cut at the end \xf0\x9f\x98', 0, 3],
  ['cut by the next \xe2\x82\xc3\xa9', 1, 2],
  ['overlong \xc0\xaf \xe0\x80\xaf \xf0\x80\x80\xaf', 0, 9],
  ['surrogate \xed\xa0\x80, beyond \xf4\x90\x80\x80', 0, 7],
])('%j holds %i valid sequences and %i bytes outside of UTF-8', async (text, sequences, invalid) => {
  const folder = temporaryFolder({ 'f.txt': bytes(text) });
  expect(await readFileFacts(join(folder, 'f.txt'))).toMatchObject({
    utf8Sequences: sequences,
    invalidUtf8Bytes: invalid,
  });
});
