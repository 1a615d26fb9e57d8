import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAuditLog } from '../../../src/audit/sqlite/index.ts';
import { withSources } from '../../../src/cli/why/open-sources.ts';
import { call, type LakeProject, lakeProject } from './support/lake-project.ts';

let project: LakeProject;

beforeAll(async () => {
  project = await lakeProject();
}, 60_000);
afterAll(() => project.remove());

test('a row that was left out is told where it is: in the nearest table behind, and set aside beside it', async () => {
  const from = 'FROM product_core.product WHERE price_eur';
  await project.run([
    'Nothing to load.',
    call('lake.run_mapping', { target: 'product_core.cheap', sql: `SELECT sku AS code, name ${from} < 10` }),
    call('lake.run_mapping', {
      target: 'product_core.dear',
      sql: `SELECT sku AS code, price_eur ${from} >= 10`,
    }),
    'Mapped.',
  ]);
  const log = openAuditLog({ file: project.log, durability: 'normal' });
  try {
    const { missing } = await withSources(
      { log, cli: { env: {} }, places: { project: project.dir } },
      (sources) => sources.explain({ table: 'product_core.cheap', key: { code: 'P-1' }, depth: 10 }),
    );
    expect(missing).toEqual([
      'No row of product_core.cheap has code = P-1.',
      "product_core.product has such a row: aiworkflow why product_core.product --key 'sku=P-1'",
      "product_core.dear has such a row: aiworkflow why product_core.dear --key 'code=P-1'",
    ]);
  } finally {
    log.close();
  }
}, 60_000);
