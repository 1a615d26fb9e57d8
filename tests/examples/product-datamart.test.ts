import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Json } from '../../src/domain/json.ts';
import type { ModelRequest } from '../../src/domain/model.ts';
import type { ScriptedReply } from '../../src/testing/index.ts';

// A scripted model plays the model. The program, the lake, the catalog, the templates and the log are the real ones.

let folder: string;
const feed = 'sku;name;price\nA1;Lamp;19,90\nA2;Chair;n/a;extra\nA3;Table;89,00\n';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'aiworkflow-example-'));
  mkdirSync(join(folder, 'vendors'));
  writeFileSync(join(folder, 'vendors', 'made-for-this-test.csv'), feed);
  process.env['AIWORKFLOW_DB'] = join(folder, 'audit.db');
});

afterAll(() => {
  delete process.env['AIWORKFLOW_DB'];
  rmSync(folder, { recursive: true, force: true });
});

/** The JSON of the newest tool results, newest first. */
function resultsOf(request: ModelRequest): Record<string, Json>[] {
  return request.messages
    .filter((message) => message.role === 'tool')
    .map(
      (message) =>
        JSON.parse(message.content[0]?.type === 'text' ? message.content[0].text : '{}') as Record<
          string,
          Json
        >,
    )
    .reverse();
}

const contract = {
  path: 'made-for-this-test.csv',
  vendor_name: 'Test Vendor',
  table_name: 'product_raw.test_vendor',
  options: { format: 'csv', delimiter: ';' },
  columns: ['sku', 'name', 'price'].map((name) => ({ name, type: 'VARCHAR', nullable: name !== 'sku' })),
  natural_key: ['sku'],
  partition_candidates: [],
};
const { path, table_name: table, vendor_name, options, columns } = contract;

/** What a good model does in each step, turn by turn. */
const script: Record<string, ((request: ModelRequest) => ScriptedReply)[]> = {
  discover_vendor_feeds: [
    () => ({ toolCalls: [{ name: 'lake.list_files', arguments: {} }] }),
    () => ({ toolCalls: [{ name: 'lake.inspect_file', arguments: { path } }] }),
    () => ({ json: { files: [contract], errors: [] } }),
  ],
  build_bronze_layer: [
    () => ({ toolCalls: [{ name: 'lake.create_table', arguments: { table, columns } }] }),
    () => ({ toolCalls: [{ name: 'lake.ingest', arguments: { path, table, vendor_name, options } }] }),
    (request) => {
      const { rows_read, rows_loaded, rows_rejected } = resultsOf(request)[0] ?? {};
      return { json: { tables: [{ table, rows_read, rows_loaded, rows_rejected }] } as Json };
    },
  ],
  build_product_core: [
    () => ({
      toolCalls: [
        { name: 'catalog.get_product_model', arguments: {} },
        { name: 'catalog.get_policies', arguments: {} },
      ],
    }),
    () => ({
      toolCalls: [
        {
          name: 'lake.run_mapping',
          arguments: {
            target: 'product_core.product',
            sql: `SELECT sku, name, CAST(replace(price, ',', '.') AS DECIMAL(10,2)) AS price FROM ${table}`,
          },
        },
      ],
    }),
    () => ({
      toolCalls: [
        {
          name: 'lake.check_quality',
          arguments: {
            table: 'product_core.product',
            rules: [{ metric: 'duplicateValues', column: 'sku', mustBe: 0 }],
          },
        },
      ],
    }),
    (request) => {
      const [quality, mapping] = resultsOf(request);
      return {
        json: {
          table: 'product_core.product',
          rows_written: mapping?.['rows_written'],
          quality_passed: quality?.['passed'],
        } as Json,
      };
    },
  ],
};

test('the article’s program runs on our API: discover, bronze, product', async () => {
  const { scriptedModel } = await import('aiworkflow/testing');
  const { productDatamart } = await import('../../examples/product-datamart.ts');
  const model = scriptedModel((request, { position }) => {
    const [step = '', turn = ''] = position.split('/');
    return script[step]?.[Number(turn.slice(1)) - 1]?.(request) ?? 'The script ends here.';
  });
  const result = await productDatamart({
    model,
    root: join(folder, 'vendors'),
    warehouse: join(folder, 'lake'),
  });
  expect(result).toMatchObject({
    tables: [{ table, rows_read: 3, rows_loaded: 2, rows_rejected: 1 }],
    product: { table: 'product_core.product', rows_written: 2, quality_passed: true },
  });
  const bronzePrompt = JSON.stringify(
    model.requests.find((request) => JSON.stringify(request.messages).includes('The contracts of the files'))
      ?.messages,
  );
  expect(bronzePrompt).toMatch(/<data id=.*product_raw\.test_vendor.*<\/data/);
});
