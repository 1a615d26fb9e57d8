import { expect, test } from 'vitest';
import { detectFormat } from '../../../src/servers/lake/sources/detect-format.ts';
import { openTestLake } from './support/open-test-lake.ts';

const long = 'x'.repeat(70_000);

// One JSON document, or a record on each line: by what is in the file.
test.each<[string, string, string, string]>([
  [
    'a document with a record on each line',
    'f.json',
    '{ "products": [\n {"sku":"A"},\n {"sku":"B"}\n] }',
    'json',
  ],
  ['the same under another name', 'f.ndjson', '{ "products": [\n {"sku":"A"},\n {"sku":"B"}\n] }', 'json'],
  ['a document whose second line is an object', 'f.json', '{"data":\n{"products":[{"sku":"A"}]}}', 'json'],
  ['the head of a long document', 'f.json', `{"products":[\n{"sku":"${long}"},\n{"sku"`, 'json'],
  [
    'the head of a long document, named NDJSON',
    'f.ndjson',
    `{"products":[\n{"sku":"${long}"},\n{"sku"`,
    'json',
  ],
  ['a damaged document', 'f.json', '{ "products": [\n {"sku":"A"},\n {"sku":"B"}}\n] }', 'json'],
  ['an array', 'f.json', '[\n{"sku":"A"},\n{"sku":"B"}\n]', 'json'],
  ['one object', 'f.json', '{"sku":"A"}\n', 'json'],
  ['one record, named NDJSON', 'f.ndjson', '{"sku":"A","list":[{"a":1},{"a":2}]}\n', 'ndjson'],
  ['two records', 'f.json', '{"sku":"A"}\n{"sku":"B"}\n', 'ndjson'],
  ['two records of CRLF', 'f.json', '{"sku":"A"}\r\n{"sku":"B"}', 'ndjson'],
  ['records of which the first is broken', 'f.json', '{"sku":\n{"sku":"B"}\n{"sku":"C"}\n', 'ndjson'],
  ['records of which the second is broken', 'f.json', '{"sku":"A"}\n{"sku"\n{"sku":"C"}\n', 'ndjson'],
  ['a first record that is longer than the head', 'f.ndjson', `{"sku":"${long}`, 'ndjson'],
  ['a second record that is longer than the head', 'f.json', `{"sku":"A"}\n{"sku":"${long}`, 'ndjson'],
])('%s', (_, path, text, format) => {
  expect(detectFormat(path, Buffer.from(text).subarray(0, 64 * 1024))).toBe(format);
});

const table = 'product_raw.feed';

test.each([
  ['f.json', '{ "products": [\n  { "sku": "A", "name": "x" },\n  { "sku": "B", "name": "y" }\n] }\n'],
  ['f.ndjson', `{"sku":"A","name":"${long}"}\n{"sku":"B","name":"y"}\n`],
])('%s is loaded whole', async (path, content) => {
  const lake = await openTestLake({ [path]: content });
  await lake.call('create_table', { table, columns: [{ name: 'sku', type: 'VARCHAR' }] });
  const report = await lake.call('ingest', { path, table, vendor_name: 'v' });
  expect(report).toMatchObject({ rows_read: 2, rows_loaded: 2, rows_rejected: 0 });
});
