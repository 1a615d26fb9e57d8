import { expect, test } from 'vitest';
import { openTestLake, type Row } from './support/open-test-lake.ts';

const lines = Array.from(
  { length: 3000 },
  (_, index) =>
    `S${index};${(index * 7) % 13},${index % 10}0;${index % 50 === 0 ? 'x' : index};n${index % 3}`,
);
const files = {
  'a/prices.csv': Buffer.from(`sku;price;stock;größe\n${lines.join('\n')}\n`, 'latin1'),
  'b/more.json': JSON.stringify(lines.slice(0, 50).map((line, id) => ({ id, line }))),
};
const table = 'product_raw.prices';
const steps: [string, Row][] = [
  ['list_files', {}],
  ['inspect_file', { path: 'a/prices.csv' }],
  ['inspect_file', { path: 'b/more.json' }],
  ['profile_file', { path: 'a/prices.csv' }],
  [
    'create_table',
    {
      table,
      columns: ['sku', 'groesse']
        .map((name) => ({ name, type: 'TEXT' }))
        .concat([
          { name: 'price', type: 'DECIMAL(9,2)' },
          { name: 'stock', type: 'INT' },
        ]),
    },
  ],
  ['ingest', { path: 'a/prices.csv', table, vendor_name: 'v', options: { decimal_separator: ',' } }],
  ['preview_sql', { sql: `SELECT * FROM ${table}` }],
  [
    'preview_sql',
    {
      sql: `SELECT groesse, avg(price::DOUBLE) AS mean, stddev(stock) AS deviation FROM ${table} GROUP BY groesse`,
    },
  ],
  ['preview_sql', { sql: 'SELECT * FROM product_raw.ingest_errors', limit: 3 }],
  ['run_mapping', { target: 'mart.m', sql: `SELECT groesse, max(price) AS top FROM ${table} GROUP BY 1` }],
  ['check_quality', { table, rules: [{ metric: 'duplicateValues', column: 'groesse' }] }],
  ['list_tables', {}],
  ['describe_table', { table }],
  ['inspect_file', { path: 'missing.csv' }],
  ['preview_sql', { sql: 'SELECT nothing FROM product_raw.prices' }],
];

test('the same calls on the same files give the same bytes in another folder, with other threads', async () => {
  const told: string[][] = [];
  for (const threads of [1, 2]) {
    const lake = await openTestLake(files, { threads });
    const texts = [];
    for (const [tool, input] of steps) texts.push(await lake.text(tool, input));
    for (const text of texts) expect(text).not.toContain(lake.folder);
    told.push(texts);
  }
  expect(told[1]).toEqual(told[0]);
  expect(told[0]?.join('')).not.toMatch(/_ingested_at":"|_ingestion_date":"/);
});
