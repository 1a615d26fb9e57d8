import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAuditLog } from '../../../src/audit/sqlite/index.ts';
import { withSources } from '../../../src/cli/why/open-sources.ts';
import { whyPage } from '../../../src/cli/why/page.ts';
import type { Question } from '../../../src/cli/why/question.ts';
import type { Explanation } from '../../../src/lineage/answer.ts';
import {
  appendRows,
  compactFiles,
  expireSnapshots,
  openWarehouse,
  tableName,
} from '../../../src/servers/lake/iceberg/index.ts';
import { openEngine } from '../../servers/lake/iceberg/support/duckdb-engine-of-process.ts';
import { type LakeProject, lakeProject } from './support/lake-project.ts';

let project: LakeProject;

beforeAll(async () => {
  project = await lakeProject();
}, 60_000);
afterAll(() => project.remove());

async function why(question: Partial<Question> & { readonly table: string }): Promise<Explanation> {
  const log = openAuditLog({ file: project.log, durability: 'normal' });
  try {
    return await withSources({ log, cli: { env: {} }, places: { project: project.dir } }, (sources) =>
      sources.explain({ depth: 10, ...question }),
    );
  } finally {
    log.close();
  }
}

const page = (explanation: Explanation): string =>
  whyPage(explanation, { style: (_ink, text) => text, columns: 200, place: '' }).join('\n');

const table = tableName('product_raw.pinegate');

/** Another snapshot is the current one then, and the one that loaded the file is gone. */
async function expire({ compacts }: { readonly compacts: boolean }): Promise<void> {
  const engine = await openEngine();
  const warehouse = openWarehouse({ folder: project.warehouse, engine });
  try {
    await appendRows(warehouse, {
      table,
      select: `SELECT 'X-1' AS sku, 'Odd' AS name, 2.00::DECIMAL(10,2) AS price, 'Other' AS _vendor_name, 'x.csv' AS _source_file,
        '00' AS _source_sha256, 2::BIGINT AS _source_line, DATE '2026-01-01' AS _ingestion_date, TIMESTAMP '2026-01-01' AS _ingested_at,
        'none' AS _load_id`,
    });
    if (compacts) await compactFiles(warehouse, { table });
    await expireSnapshots(warehouse, { table, olderThanMs: Date.now() + 60_000, graceMs: 0 });
  } finally {
    warehouse.close();
    engine.close();
  }
}

test.each([
  ['snapshots expired', false],
  ['files were compacted and snapshots expired', true],
])('after %s a bronze row is still of the call that loaded it', async (_name, compacts) => {
  await expire({ compacts });
  const answer = await why({ table: 'product_raw.pinegate', column: 'price', key: { sku: 'P-1' } });
  const [writer] = answer.writers;
  expect(writer).toMatchObject({
    snapshot: { operation: 'expired' },
    tool: 'ingest',
    call: { runId: project.runId, step: 'load', tool: 'lake.ingest' },
    contract: { document: 'pinegate-prices@1.0.0' },
    load: { file: 'pinegate.csv', line: 2, rowsRead: 3, rowsRejected: 1, source: { raw: 'P-1;Lamp;12,50' } },
    missing: [],
  });
  expect(page(answer)).not.toContain('unknown program');
  const foreign = await why({ table: 'product_raw.pinegate', key: { sku: 'X-1' } });
  expect(foreign.writers[0]?.call).toBeUndefined();
});
