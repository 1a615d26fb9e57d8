import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openAuditLog } from '../../../../src/audit/sqlite/index.ts';
import { loadWorkflow } from '../../../../src/definitions/index.ts';
import { runLoadedWorkflow } from '../../../../src/runtime/run-workflow-file.ts';
import { createRuntime } from '../../../../src/runtime.ts';
import { type Script, scriptedModel } from '../../../../src/testing/index.ts';

const files: Readonly<Record<string, string>> = {
  'aiworkflow.yaml': `model: scripted:modeller
tools:
  lake:
    server: lake
    args: [--root, vendors, --warehouse, .aiworkflow/lake]
`,
  'workflows/prices.yaml': `id: prices
tools: [lake]
steps:
  - id: load
    prompt: prompts/load.prompt
    tools: [lake.create_table, lake.ingest]
  - id: map
    needs: [load]
    prompt: prompts/map.prompt
    tools: [lake.run_mapping, lake.check_quality]
`,
  'prompts/load.prompt': 'Load every file of the vendors into product_raw.\n',
  'prompts/map.prompt': 'Map product_raw into product_core.product, one row for each sku.\n',
  'vendors/pinegate.csv': 'sku;name;price\nP-1;Lamp;12,50\nP-2;"Desk;\nlarge";99,00\nP-3;Chair;free\n',
  'vendors/verdalia.csv':
    'code,title,eur,kind\nP-1,Lamp,11.90,light\nV-7,Shelf,45.00,store\nV-8,Shelf,5.00,store\n',
};

export const mappingSql = `WITH offers AS (
  SELECT sku, name, price AS price_eur, 'pinegate' AS vendor FROM product_raw.pinegate
  UNION ALL BY NAME
  SELECT code AS sku, title AS name, round(eur * 1.19, 2) AS price_eur, 'verdalia' AS vendor FROM product_raw.verdalia
)
SELECT sku, name, price_eur::DECIMAL(10,2) AS price_eur, vendor
FROM offers
QUALIFY row_number() OVER (PARTITION BY sku ORDER BY price_eur, vendor) = 1`;

const kindsSql =
  'SELECT kind, count(*) AS products, sum(eur)::DECIMAL(12,2) AS total FROM product_raw.verdalia GROUP BY ALL';

const pinegate = [
  { name: 'sku', type: 'VARCHAR', nullable: false },
  { name: 'name', type: 'VARCHAR' },
  { name: 'price', type: 'DECIMAL(10,2)' },
];
const verdalia = [
  { name: 'code', type: 'VARCHAR', nullable: false },
  { name: 'title', type: 'VARCHAR' },
  { name: 'eur', type: 'DECIMAL(10,2)' },
  { name: 'kind', type: 'VARCHAR' },
];

export const call = (name: string, args: Readonly<Record<string, unknown>>) => ({
  toolCalls: [{ name, arguments: args as never }],
});

const script: Script = [
  call('lake.create_table', { table: 'product_raw.pinegate', columns: pinegate }),
  call('lake.create_table', { table: 'product_raw.verdalia', columns: verdalia }),
  call('lake.ingest', {
    path: 'pinegate.csv',
    table: 'product_raw.pinegate',
    vendor_name: 'Pinegate',
    contract: 'pinegate-prices@1.0.0',
    options: { decimal_separator: ',', delimiter: ';' },
  }),
  call('lake.ingest', { path: 'verdalia.csv', table: 'product_raw.verdalia', vendor_name: 'Verdalia' }),
  'Loaded.',
  call('lake.run_mapping', {
    target: 'product_core.product',
    sql: mappingSql,
    mapping: 'product@1.2.0',
    contract: 'product@2.0.0',
  }),
  call('lake.run_mapping', { target: 'product_core.kinds', sql: kindsSql }),
  call('lake.check_quality', {
    table: 'product_core.product',
    rules: [
      { name: 'a price is there', metric: 'nullValues', column: 'price_eur' },
      { name: 'many rows', metric: 'rowCount', mustBeGreaterThan: 1000, severity: 'warning' },
    ],
  }),
  'Mapped.',
];

export interface LakeProject {
  readonly dir: string;
  readonly warehouse: string;
  readonly log: string;
  readonly runId: string;
  write(path: string, text: string): void;
  /** Another run of the same workflow on the same lake. */
  run(script: Script): Promise<string>;
  copyLog(to: string): string;
  remove(): void;
}

/** A project with two vendors' files, and a lake that a real run of its workflow has filled. The model is scripted. */
export async function lakeProject(): Promise<LakeProject> {
  const dir = mkdtempSync(join(tmpdir(), 'aiworkflow-why-'));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  const log = join(dir, '.aiworkflow/audit.db');
  mkdirSync(dirname(log), { recursive: true });
  const run = (answers: Script) => runWorkflow({ dir, log, script: answers });
  return {
    dir,
    warehouse: join(dir, '.aiworkflow/lake'),
    log,
    runId: await run(script),
    write,
    run,
    copyLog: (to) => {
      copyFileSync(log, join(dir, to));
      return join(dir, to);
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

async function runWorkflow({
  dir,
  log: file,
  script: answers,
}: {
  dir: string;
  log: string;
  script: Script;
}): Promise<string> {
  const log = openAuditLog({ file, durability: 'normal' });
  const model = scriptedModel(answers, 'scripted:modeller');
  const runtime = await createRuntime({ projectDir: dir, log, models: { scripted: () => model } });
  try {
    const { schemas, templates } = runtime.services;
    const loaded = await loadWorkflow({
      project: { dir, config: runtime.config },
      schemas,
      templates,
      ref: 'prices',
    });
    return (await runLoadedWorkflow(runtime, loaded)).runId;
  } finally {
    await runtime.close();
  }
}
