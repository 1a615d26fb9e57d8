/**
 * The product datamart as a program: three prompts, each using what the one before it found out.
 *
 *     node examples/product-datamart.ts anthropic:claude-sonnet-5-5
 *
 * It reads the feeds in data/vendors/, loads them into bronze tables with their bad records beside them, and builds
 * product_core.product after the canonical model of the catalog. `aiworkflow show last` then says what was done and why.
 */
import { type ExecuteOptions, mcpServer, workflow } from 'aiworkflow';
import { z } from 'zod';

const discoverPrompt = `
You receive product feeds from vendors and write down how each is to be loaded.

List the files, look at the head of each, and give for every one: the vendor, the table in schema product_raw that will
hold it, the options for reading it, its columns with types, its natural key, and columns worth partitioning by.
What you cannot make sense of goes into errors, with what you saw.`;

const bronzePrompt = `
You load vendor files into a lake exactly as they are.

The contracts of the files:
{{ file_scan.response.files }}

For each file create its table as the contract says, then ingest the file into it. Records that do not fit are kept by the lake in
product_raw.ingest_errors; never change a contract to make them pass. Report the lake's own counts.`;

const productPrompt = `
You map bronze tables to the one product model of the business.

What was loaded:
{{ bronze.response.tables }}

Ask the catalog for the product model and for the policies. Write one SELECT over the bronze tables that gives the
model's columns and applies the policies; preview it, then run it into product_core.product. Every rule comes from the
catalog: if it says nothing, leave the value out. Finish with a quality check of the table.`;

const fileContract = z.object({
  path: z.string(),
  vendor_name: z.string(),
  table_name: z.string(),
  options: z.record(z.string(), z.json()),
  columns: z.array(z.object({ name: z.string(), type: z.string(), nullable: z.boolean() })),
  natural_key: z.array(z.string()),
  partition_candidates: z.array(z.string()),
});
const fileScan = z.object({ files: z.array(fileContract), errors: z.array(z.string()) });

const loadedTable = z.object({
  table: z.string(),
  rows_read: z.int(),
  rows_loaded: z.int(),
  rows_rejected: z.int(),
});
const bronzeReport = z.object({ tables: z.array(loadedTable) });

const productReport = z.object({ table: z.string(), rows_written: z.int(), quality_passed: z.boolean() });

export interface DatamartOptions {
  readonly model: NonNullable<ExecuteOptions['model']>;
  /** Folder with the vendors' files. */
  readonly root?: string;
  /** Folder of the lake's tables. */
  readonly warehouse?: string;
}

export async function productDatamart({
  model,
  root = 'data/vendors',
  warehouse = '.aiworkflow/example-lake',
}: DatamartOptions) {
  const lake = mcpServer('lake', { server: 'lake', args: ['--root', root, '--warehouse', warehouse] });
  const catalog = mcpServer('catalog', { server: 'catalog', args: ['--contracts', 'contracts'] });
  try {
    const [lakeTools, catalogTools] = await Promise.all([
      lake.getCallableTools(),
      catalog.getCallableTools(),
    ]);
    return await workflow('product-datamart-program', async ({ execute, runId }) => {
      const file_scan = await execute({
        prompt: discoverPrompt,
        tools: lakeTools,
        model,
        workflowId: 'discover_vendor_feeds',
        response: fileScan,
      });
      const bronze = await execute({
        prompt: bronzePrompt,
        tools: lakeTools,
        model,
        workflowId: 'build_bronze_layer',
        inputs: { file_scan },
        response: bronzeReport,
      });
      const product = await execute({
        prompt: productPrompt,
        tools: [...lakeTools, ...catalogTools],
        model,
        workflowId: 'build_product_core',
        inputs: { bronze },
        response: productReport,
      });
      return { runId, tables: bronze.response.tables, product: product.response };
    });
  } finally {
    await Promise.all([lake.close(), catalog.close()]);
  }
}

if (import.meta.main) {
  const model = process.argv[2];
  if (model === undefined) {
    console.error('Error: no model.\nTry: node examples/product-datamart.ts anthropic:claude-sonnet-5-5');
    process.exitCode = 2;
  } else console.log(JSON.stringify(await productDatamart({ model }), null, 2));
}
