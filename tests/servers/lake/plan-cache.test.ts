import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  appendRows,
  createTable,
  openWarehouse,
  type SqlEngine,
  tableName,
} from '../../../src/servers/lake/iceberg/index.ts';
import { PlanCache } from '../../../src/servers/lake/storage/plan-cache.ts';
import { engineOfTest } from './iceberg/support/duckdb-engine.ts';
import { temporaryFolder } from './support/open-test-lake.ts';

test('a plan is made once for each state of a table and each question', async () => {
  const engine: SqlEngine = await engineOfTest();
  const warehouse = openWarehouse({ folder: temporaryFolder(), engine });
  const table = tableName('shop.orders');
  await createTable(warehouse, { table, columns: [{ name: 'a', type: 'int' }] });
  await appendRows(warehouse, { table, select: 'SELECT 1 AS a' });
  const plans = new PlanCache();
  const all = await plans.scan(warehouse, { table });
  expect(await plans.scan(warehouse, { table })).toBe(all);
  const some = await plans.scan(warehouse, { table, where: { column: 'a', is: '=', value: 7n } });
  expect(some.plan.files).toEqual([]);
  await appendRows(warehouse, { table, select: 'SELECT 7 AS a' });
  const newer = await plans.scan(warehouse, { table });
  expect(newer.plan.files).toHaveLength(2);
  const before = all.plan.snapshot?.['snapshot-id'] ?? '';
  expect((await plans.scan(warehouse, { table, at: { snapshotId: before } })).plan.files).toHaveLength(1);
  for (let value = 0; value < 40; value++)
    await plans.scan(warehouse, { table, where: { column: 'a', is: '=', value } });
  expect(await plans.scan(warehouse, { table })).not.toBe(newer);
  warehouse.close();
  rmSync(warehouse.folder, { recursive: true });
});
