import { expect, test } from 'vitest';
import { openTestLake, type TestLake } from './support/open-test-lake.ts';

const columns = [
  { name: 'sku', type: 'VARCHAR', nullable: false },
  { name: 'title', type: 'VARCHAR' },
  { name: 'price', type: 'DECIMAL(10,2)' },
];
const table = 'product_raw.feed';
const options = {
  delimiter: ';',
  header: true,
  encoding: 'utf-8',
  columns: { sku: 'Sku', title: 'Title', price: 'Price' },
};
const load = { path: 'f.csv', table, vendor_name: 'v', options, contract: 'feed@1.0.0' };

const file = (line: (index: number) => string, header = 'Sku;Title;Price') =>
  [header, ...Array.from({ length: 40 }, (_, index) => line(index))].join('\n');
const good = (index: number) => `A${index};Größe ${index};${index}.50`;

async function openFeed(content: string | Uint8Array): Promise<TestLake> {
  const lake = await openTestLake({ 'f.csv': content });
  await lake.call('create_table', { table, columns });
  return lake;
}

test.each<[string, string | Uint8Array, string]>([
  ['a column is renamed', file(good, 'Sku;Title;Amount'), 'The file has no column "Price".'],
  ['another delimiter', file(good).replaceAll(';', ','), 'The file has no column "Sku".'],
  [
    'a whole column is of another type',
    file((index) => `A${index};T;${index},50`),
    '"price" is wrong in 40 of 40 records (invalid_decimal)',
  ],
  [
    'more than 5 % of it is',
    file((index) => good(index).replace(/;\d\..*/, ';ask')),
    '"price" is wrong in 10 of 40 records',
  ],
  [
    'a required column is empty',
    file((index) => good(index).replace(/^A\d+/, '')),
    '"sku" is wrong in 40 of 40 records (not_null)',
  ],
  [
    'lines are torn',
    file((index) => (index % 4 === 0 ? `A${index};T` : good(index))),
    '10 of 40 records are broken as a whole (too_few_columns)',
  ],
  [
    'another encoding',
    Buffer.from(file(good), 'latin1'),
    'the contract says utf-8, and the bytes are windows-1252',
  ],
  ['no bytes', '', '"f.csv" is empty (0 bytes)'],
])('%s: the load stops, nothing is kept, and the words lead to diff_schema', async (_, content, problem) => {
  const lake = await openFeed(content);
  const text = await lake.failure('ingest', load);
  expect(text).toContain('The file does not fit the contract feed@1.0.0:');
  expect(text).toContain(problem.replace(/\.$/, ''));
  expect(text).toContain('Nothing was kept.');
  expect(text).toContain('Try: call diff_schema');
  expect(await lake.rows(`SELECT count(*) AS n FROM ${table}`)).toEqual([{ n: 0 }]);
  expect(await lake.rows('SELECT count(*) AS n FROM product_raw.ingest_errors')).toEqual([{ n: 0 }]);
});

test('what ingest stops for, diff_schema calls breaking, and what it lets pass fits', async () => {
  const expected = { columns, options };
  const lake = await openFeed(file(good));
  expect(await lake.call('diff_schema', { path: 'f.csv', expected })).toMatchObject({ fits: true });
  expect(await lake.call('ingest', load)).toMatchObject({ rows_loaded: 40 });
  lake.write(
    'f.csv',
    file((index) => good(index).replace(/;\d\..*/, ';ask')),
  );
  const { changes } = await lake.call('diff_schema', { path: 'f.csv', expected, table });
  expect(changes).toMatchObject([
    { kind: 'retyped', column: 'price', breaking: true, evidence: { samples: ['ask'] } },
  ]);
});

test('a few bad records are dirt; the contract may allow more; without a contract nothing is asked', async () => {
  const lake = await openFeed(
    file((index) => (index === 7 || index === 9 ? `A${index};T;ask` : good(index))),
  );
  expect(await lake.call('ingest', load)).toMatchObject({ rows_loaded: 38, rows_rejected: 2 });
  const bad = file((index) => good(index).replace(/;\d\..*/, ';ask'));
  lake.write('f.csv', bad);
  expect(await lake.call('ingest', { ...load, max_rejected_share: 0.3 })).toMatchObject({
    rows_rejected: 10,
  });
  lake.write('f.csv', `${bad}\n`);
  const { contract: _, ...uncontracted } = load;
  expect(await lake.call('ingest', uncontracted)).toMatchObject({ rows_rejected: 10 });
});

test('UTF-8 that the contract calls windows-1252 would be garbled without one reject: the load stops', async () => {
  const lake = await openFeed(file(good));
  const text = await lake.failure('ingest', { ...load, options: { ...options, encoding: 'windows-1252' } });
  expect(text).toContain('the contract says windows-1252, and the bytes are utf-8');
});
