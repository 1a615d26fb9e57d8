import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { openTestLake, temporaryFolder } from './support/open-test-lake.ts';

test('a data file with a broken page is named, with what to do; other tables are read as ever', async () => {
  const numbers = Array.from({ length: 60_000 }, (_, index) => `${(index * 7_919) % 1_000_003}`);
  const warehouse = temporaryFolder();
  const lake = await openTestLake({ 'f.csv': `a\n${numbers.join('\n')}\n` }, { warehouse });
  const table = 'product_raw.t';
  await lake.call('create_table', { table, columns: [{ name: 'a', type: 'INTEGER' }] });
  await lake.call('ingest', { path: 'f.csv', table, vendor_name: 'v' });
  const [file = ''] = globSync(join(warehouse, 'product_raw/t/data/**/*.parquet')).toSorted(
    (left, right) => statSync(right).size - statSync(left).size,
  );
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.fill(0xab, 1000, bytes.length >> 1));
  const asked: [string, Record<string, unknown>][] = [
    ['preview_sql', { sql: `SELECT sum(a) FROM ${table}` }],
    ['run_mapping', { target: 'product_core.t', sql: `SELECT a FROM ${table}` }],
  ];
  for (const [tool, input] of asked) {
    const said = await lake.failure(tool, input);
    expect(said).toContain(basename(file));
    expect(said).toContain('cannot be read');
    expect(said).toContain('roll the table back');
    expect(said).not.toContain(warehouse);
  }
  // A rule that cannot be checked has failed, and says why.
  const rules = [{ metric: 'nullValues', column: 'a' }];
  expect(await lake.text('check_quality', { table, rules })).toContain('cannot be read');
  expect(await lake.rows('SELECT count(*) AS n FROM product_raw.ingest_errors')).toEqual([{ n: 0 }]);
});
