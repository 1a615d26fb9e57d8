import { expect, test } from 'vitest';
import { readOptionsSchema } from '../../../src/metadata/read-options.ts';
import { sniffDialect } from '../../../src/servers/lake/sources/sniff-dialect.ts';
import type { CsvDialect, SourceOptions } from '../../../src/servers/lake/sources/source.ts';
import { sourceOptions } from '../../../src/servers/lake/tools/source-options.ts';
import { openTestLake, type Row } from './support/open-test-lake.ts';

const table = 'product_raw.feed';
const columns = ['sku', 'name', 'price'].map((name) => ({ name, type: 'VARCHAR' }));

async function load(content: string, options: Row) {
  const lake = await openTestLake({ 'f.csv': content });
  await lake.call('create_table', { table, columns });
  const report = await lake.call('ingest', { path: 'f.csv', table, vendor_name: 'v', options });
  const rows = await lake.rows(
    `SELECT sku, name, price, _source_line AS line FROM ${table} ORDER BY line, sku`,
  );
  return { lake, report, rows };
}

const plain = { delimiter: ',', quote: '"', header: true, skip_lines: 0 };

// Found out from the file, beyond doubt or not at all.
test.each<[string, string, SourceOptions, Partial<CsvDialect>]>([
  ['escaped quotes', 'sku,name\nA1,"a \\"q\\", b"\nA2,"b"\n', {}, { escape: '\\' }],
  ['a backslash before a closing quote', 'sku,name\nA1,"C:\\"\nA2,"D:\\"\n', {}, {}],
  ['a backslash before a closing quote, beside doubled ones', 'sku,name\nA1,"C:\\"\nA2,"D ""x"""\n', {}, {}],
  ['escaped quotes beside a row that is broken anyway', 'sku,name\nA1,"a \\"q\\""\nA2,"b\nA3,c\n', {}, {}],
  ['blanks before quotes', 'sku,name,price\nA1, "a,b", 1\nA2, "c", 2\n', {}, { trim_quotes: true }],
  ['blanks behind quotes', '"sku" ,"name"\n"A1" ,"a,b"\n', {}, { trim_quotes: true }],
  ['blanks around quotes that separate nothing', 'sku,name\nA1, "a"\nA2, "b"\n', {}, { trim_quotes: true }],
  ['a quote behind a blank that does not close', 'sku,name\nA1, "a\nA2,b\nA3,c\n', {}, {}],
  ['quotes around a word', 'sku,name\nA1, "a" or so\nA2, "b" or so\n', {}, {}],
  ['both', 'sku,name\nA1, "a \\"q\\", b"\nA2, "c"\n', {}, { escape: '\\', trim_quotes: true }],
  ['both, told not to', 'sku,name\nA1, "a"\nA2, "c"\n', { trim_quotes: false }, {}],
  ['comments are never taken for granted', 'sku,name\n# one\nA1,a\n# two\nA2,b\n', {}, {}],
])('%s', (_, head, options, wanted) => {
  expect(sniffDialect(head, options)).toEqual({ ...plain, ...wanted });
});

test.each<[string, string, Row, Row[]]>([
  [
    'escaped quotes, found out',
    'sku,name,price\nA1,"a \\"q\\", b",1\nA2,"x\ny",2\n',
    {},
    [
      { sku: 'A1', name: 'a "q", b', price: '1', line: 2 },
      { sku: 'A2', name: 'x\ny', price: '2', line: 3 },
    ],
  ],
  [
    'another escape, by option, without quotes',
    'sku,name,price\nA1,a^,b,1\nA2,x^\ny,2\n',
    { escape: '^', quote: '' },
    [
      { sku: 'A1', name: 'a,b', price: '1', line: 2 },
      { sku: 'A2', name: 'x\ny', price: '2', line: 3 },
    ],
  ],
  [
    'comments, by option',
    '# made by hand\nsku,name,price\n#A0,old,1\nA1,"a\n# b",1\n#',
    { comment: '#' },
    [{ sku: 'A1', name: 'a\n# b', price: '1', line: 4 }],
  ],
  [
    'blanks around quotes, found out',
    'sku, name, price\r\nA1, "a,b", 1\r\n"A2" , "c" ,2\r\n',
    {},
    [
      { sku: 'A1', name: 'a,b', price: ' 1', line: 2 },
      { sku: 'A2', name: 'c', price: '2', line: 3 },
    ],
  ],
  [
    'a separator of its own at the end of all',
    'sku,name,price~A1,a,1~A2,b,2~',
    { record_separator: '~' },
    [
      { sku: 'A1', name: 'a', price: '1', line: 1 },
      { sku: 'A2', name: 'b', price: '2', line: 1 },
    ],
  ],
  [
    'the same with a blank behind it, in UTF-16',
    '\uFEFFsku,name,price~A1,a,1~\r\nA2,b,2~ ',
    { record_separator: '~' },
    [
      { sku: 'A1', name: 'a', price: '1', line: 1 },
      { sku: 'A2', name: 'b', price: '2', line: 2 },
    ],
  ],
])('%s', async (_, content, options, wanted) => {
  const { report, rows } = await load(content, options);
  expect(report).toMatchObject({ rows_rejected: 0, rows_loaded: wanted.length });
  expect(rows).toEqual(wanted);
});

test('a line that may be a comment is rejected, with the option that would skip it', async () => {
  const { report, rows } = await load('sku,name,price\nA1,a,1\n# end of list\n', {});
  expect(rows).toHaveLength(1);
  expect(report['sample_rejects']).toEqual([
    expect.objectContaining({
      line: 3,
      detail:
        '1 fields where 3 are expected; if lines that begin with "#" are no records, pass options.comment',
      raw_row: '# end of list',
    }),
  ]);
});

test('what inspect_file suggests for such a file loads it', async () => {
  const { lake } = await load('sku,name,price\nA1, "a \\"q\\"", 1\nA2, "b", 2\n', {});
  const { dialect, suggested_options: options } = await lake.call('inspect_file', { path: 'f.csv' });
  expect(dialect).toMatchObject({ escape: '\\', trim_quotes: true });
  const again = await lake.call('ingest', {
    path: 'f.csv',
    table,
    vendor_name: 'v',
    options: options as Row,
  });
  expect(again).toMatchObject({ rows_loaded: 2, rows_rejected: 0 });
});

test.each([{ escape: '\\' }, { comment: '#' }, { trim_quotes: true }])(
  'a large file with %j is cut record by record and comes out the same',
  async (options) => {
    const lines = Array.from(
      { length: 200_000 },
      (_, index) => `A${index},"name of the product ${index}",${index}`,
    );
    const odd = '#no\nB1, "a \\"q\\"" ,1\n';
    const content = `sku,name,price\n${lines.join('\n')}\n${odd}`;
    expect(content.length).toBeGreaterThan(8 * 1024 * 1024);
    const { report } = await load(content, options);
    const skipped = 'comment' in options ? 0 : 1;
    // Each option alone leaves the odd record broken, or lets it be a plain field with its quotes.
    expect(report).toMatchObject({ rows_read: 200_001 + skipped });
    expect(report['rejects_by_reason']).toEqual(
      'comment' in options
        ? []
        : [{ reason: 'too_few_columns', column: null, rows: 1 }]
            .concat('trim_quotes' in options ? [{ reason: 'malformed_quotes', column: null, rows: 1 }] : [])
            .sort((a, b) => (a.reason < b.reason ? -1 : 1)),
    );
  },
  60_000,
);

test('a contract of a feed takes every option of reading that the lake takes', () => {
  const json = (schema: { toJSONSchema(): object }): Row =>
    (schema.toJSONSchema() as { properties: Row }).properties;
  expect(Object.keys(json(readOptionsSchema)).sort()).toEqual(Object.keys(json(sourceOptions)).sort());
  const dialect = { encoding: 'shift_jis', escape: '\\', comment: '#', trim_quotes: true };
  expect(readOptionsSchema.parse(dialect)).toEqual(dialect);
  expect(readOptionsSchema.safeParse({ encoding: 'cp850' }).error?.message).toContain(
    'convert the file to UTF-8',
  );
});
