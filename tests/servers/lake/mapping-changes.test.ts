import { expect, test } from 'vitest';
import { openTestLake } from './support/open-test-lake.ts';

async function lakeWith(type: string) {
  const lake = await openTestLake();
  const columns = [
    { name: 'k', type: 'INTEGER' },
    { name: 'v', type },
  ];
  await lake.call('create_table', { table: 'core.m', columns, primary_key: ['k'] });
  return lake;
}

// A curated table takes no value that it could only hold rounded or cut.
test.each([
  ['INTEGER', `'2.7'`],
  ['INTEGER', '2.7'],
  ['INTEGER', '2.7::DOUBLE'],
  ['INTEGER', `'2.7'::JSON`],
  ['INTEGER[]', '[2.7]'],
  ['INTEGER[]', `['2.7']`],
  ['INTEGER[]', `'[2.7]'`],
  ['DATE', `TIMESTAMP '2024-01-05 23:00:00'`],
  ['DATE', `'2024-01-05 23:00:00'`],
  ['TIME', `TIMESTAMP '2024-01-05 23:00:00'`],
  ['TIMESTAMP', `TIMESTAMP_NS '2024-01-05 23:00:00.123456789'`],
  ['TIMESTAMP', `'2024-01-05T23:00:00+02:00'`],
  ['DECIMAL(8,2)', '1.505'],
  ['DECIMAL(8,2)', `'1.505'`],
  ['DECIMAL(8,2)', '(1::DOUBLE / 3)'],
  ['DOUBLE', '9007199254740993::BIGINT'],
])('%s from %s is refused with the value', async (type, value) => {
  const lake = await lakeWith(type);
  const sql = `SELECT 1 AS k, ${value} AS v UNION ALL SELECT 2, NULL`;
  const told = await lake.failure('run_mapping', { target: 'core.m', sql });
  expect(told).toMatch(/1 rows: "v" is .* and would be changed by a cast to .*, e\.g\. \{"k":1,"v":/);
  expect(told).toContain('round(');
  expect(await lake.rows('SELECT * FROM core.m')).toEqual([]);
});

test.each<[string, string, unknown]>([
  ['INTEGER', `' 05 '`, 5],
  ['INTEGER', `'5.0'`, 5],
  ['INTEGER', '5.0', 5],
  ['INTEGER', '5.0::DOUBLE', 5],
  ['INTEGER', `'5'::JSON`, 5],
  ['INTEGER', 'round(2.7)', 3],
  ['INTEGER[]', '[2.0]', [2]],
  ['INTEGER[]', `['2']`, [2]],
  ['DATE', `TIMESTAMP '2024-01-05 00:00:00'`, '2024-01-05'],
  ['DATE', `'2024-01-05'`, '2024-01-05'],
  ['TIMESTAMP', `DATE '2024-01-05'`, '2024-01-05 00:00:00'],
  ['DECIMAL(8,2)', '1.500', 1.5],
  ['DECIMAL(8,2)', '0.1::DOUBLE', 0.1],
  ['DECIMAL(8,2)', 'round(1::DOUBLE / 3, 2)', 0.33],
  ['DOUBLE', '0.1', 0.1],
  ['BOOLEAN', `'true'`, true],
  ['VARCHAR', '2.7', '2.7'],
])('%s from %s is no change', async (type, value, expected) => {
  const lake = await lakeWith(type);
  await lake.call('run_mapping', { target: 'core.m', sql: `SELECT 1 AS k, ${value} AS v` });
  expect(await lake.rows('SELECT v FROM core.m')).toEqual([{ v: expected }]);
});
