import { expect, test } from 'vitest';
import { openTestLake } from './support/open-test-lake.ts';

// A text becomes exactly its value or is rejected; nothing is rounded, cut or guessed.
test.each<[string, string, unknown, string?]>([
  ['INTEGER', '5', 5],
  ['INTEGER', ' +5 ', 5],
  ['INTEGER', '5.0', 5],
  ['INTEGER', '1.5', 'not_an_integer'],
  ['INTEGER', '1e3', 'not_an_integer'],
  ['INTEGER', '0x1F', 'invalid_integer'],
  ['INTEGER', '1_000', 'invalid_integer'],
  ['INTEGER', '3000000000', 'out_of_range'],
  ['INTEGER', '1.234', 1234, ','],
  ['INTEGER', '1.23', 'invalid_integer', ','],
  ['BIGINT', '9007199254740993', '9007199254740993'],
  ['DECIMAL(6,2)', '.50', 0.5],
  ['DECIMAL(6,2)', '1.500', 1.5],
  ['DECIMAL(6,2)', '1.505', 'precision_loss'],
  ['DECIMAL(6,2)', '12345.00', 'out_of_range'],
  ['DECIMAL(6,2)', '1,50', 'invalid_decimal'],
  ['DECIMAL(6,2)', '1,50', 1.5, ','],
  ['DECIMAL(6,2)', '1.234,50', 1234.5, ','],
  ['DECIMAL(6,2)', '1.5', 'invalid_decimal', ','],
  ['DECIMAL(6,2)', '1,234.50', 1234.5, '.'],
  ['DECIMAL(6,2)', '1,23.50', 'invalid_decimal', '.'],
  ['DECIMAL(6,2)', '-', 'invalid_decimal', ','],
  ['DOUBLE', '1e-3', 0.001],
  ['DOUBLE', 'NaN', 'invalid_number'],
  ['DOUBLE', 'inf', 'invalid_number'],
  ['BOOLEAN', 'Yes', true],
  ['BOOLEAN', '0', false],
  ['BOOLEAN', 'vielleicht', 'invalid_boolean'],
  ['DATE', '2026-01-31', '2026-01-31'],
  ['DATE', '2026-01-31 00:00:00.000', '2026-01-31'],
  ['DATE', '2026-01-31 10:00:00', 'invalid_date'],
  ['DATE', '31.01.2026', 'invalid_date'],
  ['DATE', 'epoch', 'invalid_date'],
  ['TIMESTAMP', '2026-01-31T10:00:00Z', '2026-01-31 10:00:00'],
  ['TIMESTAMP', '2026-01-31T10:00:00+02:00', '2026-01-31 08:00:00'],
  ['TIMESTAMP', '2026-01-31', '2026-01-31 00:00:00'],
  ['TIMESTAMP', 'soon', 'invalid_timestamp'],
  ['VARCHAR[]', '["a","b, c"]', ['a', 'b, c']],
  ['VARCHAR[]', 'single', ['single']],
  ['INTEGER[]', '[1, "2", null]', [1, 2, null]],
  ['INTEGER[]', '[]', []],
  ['INTEGER[]', '7', [7]],
  ['INTEGER[]', '[1.5]', 'not_an_integer'],
  ['INTEGER[]', '[1, 3000000000]', 'out_of_range'],
  ['INTEGER[]', '[1, "x"]', 'invalid_integer_list'],
  ['INTEGER[]', '[[1]]', 'invalid_integer_list'],
  ['INTEGER[]', '[1', 'invalid_integer_list'],
  ['DECIMAL(8,2)[]', '[1.50, 1.5]', ['1.50', '1.50']],
  ['DECIMAL(8,2)[]', '[1.505]', 'precision_loss'],
  ['DECIMAL(8,2)[]', '["1,50"]', ['1.50'], ','],
  ['DECIMAL(8,2)[]', '["x"]', 'invalid_decimal_list'],
  ['DECIMAL(20,2)[]', '[12345678901234567.89]', ['12345678901234567.89']],
  ['DATE[]', '["2026-01-31"]', ['2026-01-31']],
  ['DATE[]', '["2026-01-31 23:59:00"]', 'invalid_date_list'],
  ['TIME', '10:00:00.123456', '10:00:00.123456'],
  ['TIME', '10:00', '10:00:00'],
  ['TIME', '10:00:00.1234560', '10:00:00.123456'],
  ['TIME', '10:00:00.1234567', 'precision_loss'],
  ['TIME', '10:00:00+02', 'invalid_time'],
  ['TIME', '2026-01-31 10:00:00', 'invalid_time'],
  ['TIMESTAMP', '2026-01-31 10:00:00.123456', '2026-01-31 10:00:00.123456'],
  ['TIMESTAMP', '2026-01-31 10:00:00.1234560', '2026-01-31 10:00:00.123456'],
  ['TIMESTAMP', '2026-01-31 10:00:00.1234567', 'precision_loss'],
  ['TIMESTAMP', '2026-01-31T10:00:00.1234567+02:00', 'precision_loss'],
  ['JSON', '{"a":[1]}', '{"a":[1]}'],
  ['JSON', '{broken', 'invalid_json'],
])('%s of "%s" is %s', async (type, text, expected, decimal_separator) => {
  const lake = await openTestLake({ 'f.ndjson': `${JSON.stringify({ v: text })}\n` });
  await lake.call('create_table', { table: 'product_raw.t', columns: [{ name: 'v', type }] });
  const options = decimal_separator === undefined ? {} : { decimal_separator };
  const report = await lake.call('ingest', {
    path: 'f.ndjson',
    table: 'product_raw.t',
    vendor_name: 'v',
    options,
  });
  if (report['rows_loaded'] === 1)
    expect(await lake.rows('SELECT v FROM product_raw.t')).toEqual([{ v: expected }]);
  else expect(report['rejects_by_reason']).toEqual([{ reason: expected, column: 'v', rows: 1 }]);
});

test('date formats, several of them', async () => {
  const lake = await openTestLake({ 'f.csv': 'd\n31.01.2026\n2026/02/01\n01-31-2026\n' });
  await lake.call('create_table', { table: 'product_raw.t', columns: [{ name: 'd', type: 'DATE' }] });
  const options = { date_format: ['%d.%m.%Y', '%Y/%m/%d'], header: true };
  const report = await lake.call('ingest', {
    path: 'f.csv',
    table: 'product_raw.t',
    vendor_name: 'v',
    options,
  });
  expect(report).toMatchObject({ rows_loaded: 2, rejects_by_reason: [{ reason: 'invalid_date', rows: 1 }] });
});

// A time of day has no place in a DATE, nor a nanosecond in a TIMESTAMP, in whatever spelling.
test.each([
  ['DATE', '%d.%m.%Y %H:%M', '31.01.2026 00:00', '2026-01-31'],
  ['DATE', '%d.%m.%Y %H:%M', '31.01.2026 23:59', 'invalid_date'],
  ['DATE[]', '%d.%m.%Y', '["31.01.2026"]', ['2026-01-31']],
  ['TIMESTAMP', '%d.%m.%Y %H:%M', '31.01.2026 23:59', '2026-01-31 23:59:00'],
  ['TIMESTAMP', '%d.%m.%Y %H:%M:%S.%n', '31.01.2026 23:59:01.123456000', '2026-01-31 23:59:01.123456'],
  ['TIMESTAMP', '%d.%m.%Y %H:%M:%S.%n', '31.01.2026 23:59:01.123456789', 'precision_loss'],
])('%s by %s: "%s" is %s', async (type, date_format, text, expected) => {
  const lake = await openTestLake({ 'f.ndjson': `${JSON.stringify({ v: text })}\n` });
  await lake.call('create_table', { table: 'product_raw.t', columns: [{ name: 'v', type }] });
  const load = { path: 'f.ndjson', table: 'product_raw.t', vendor_name: 'v', options: { date_format } };
  const report = await lake.call('ingest', load);
  if (report['rows_loaded'] === 1)
    expect(await lake.rows('SELECT v FROM product_raw.t')).toEqual([{ v: expected }]);
  else expect(report['rejects_by_reason']).toEqual([{ reason: expected, column: 'v', rows: 1 }]);
});
