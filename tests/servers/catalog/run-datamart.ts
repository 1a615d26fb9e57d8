import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSchemaValidator } from '../../../src/contracts/schema-validator.ts';
import { loadProject } from '../../../src/definitions/load-project.ts';
import { loadWorkflow } from '../../../src/definitions/load-workflow.ts';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { AssistantMessage } from '../../../src/domain/message.ts';
import type { ModelRequest } from '../../../src/domain/model.ts';
import type { WorkflowResult } from '../../../src/domain/result.ts';
import type { ServerConfig } from '../../../src/domain/server-config.ts';
import { runWorkflow } from '../../../src/engine/runs/run-workflow.ts';
import type { ToolSource } from '../../../src/ports/tool-source.ts';
import { createRuntime } from '../../../src/runtime.ts';
import { acceptChange } from '../../../src/servers/catalog/changes/decide-change.ts';
import { openCatalog } from '../../../src/servers/catalog/open-catalog.ts';
import { readArguments } from '../../../src/servers/catalog/read-arguments.ts';
import { createTemplateEngine } from '../../../src/templating/create-template-engine.ts';
import { scriptedModel } from '../../../src/testing/index.ts';
import { createToolSource } from '../../../src/tools/tool-source.ts';

export type Answer = (request: ModelRequest, position: string) => AssistantMessage;

export interface DatamartRun {
  readonly result: WorkflowResult;
  /** What models were asked, by position. */
  readonly requests: ReadonlyMap<string, ModelRequest>;
}

/** A lake and a catalog that days follow each other in. */
export interface Datamart {
  run(answer: Answer, params?: JsonObject): Promise<DatamartRun>;
  /** Another workflow of the example, in the same lake; no model is asked. */
  runPart(workflow: string, params: JsonObject): Promise<WorkflowResult>;
  /** What a person does with `aiworkflow catalog accept`. */
  accept(change: string): Promise<void>;
  /** All rows of a SELECT over the lake. */
  rows(sql: string): Promise<JsonObject[]>;
}

const launcher = fileURLToPath(new URL('./serve-from-source.ts', import.meta.url));

/**
 * Runs `workflows/product-datamart.yaml` with real servers as child processes, a lake and a catalog of its own, and a scripted
 * model, as often as `work` wants.
 */
export async function withDatamart(
  { roots, contracts = 'contracts' }: { readonly roots: readonly string[]; readonly contracts?: string },
  work: (datamart: Datamart) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'datamart-'));
  const place = { folder, roots, contracts };
  try {
    await work({
      run: (answer, params = {}) =>
        withTools(place, (tools) => runOnce({ folder, tools, answer, params, ref: 'product-datamart' })),
      runPart: (ref, params) =>
        withTools(place, async (tools) => {
          const { result } = await runOnce({ folder, tools, answer: noModel, params, ref });
          return result;
        }),
      accept: (change) => accept(place, change),
      rows: (sql) => withTools(place, (tools) => rowsOf(tools, sql)),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const noModel: Answer = () => {
  throw new Error('No model takes part.');
};

interface Place {
  readonly folder: string;
  readonly roots: readonly string[];
  readonly contracts: string;
}

const catalogArgs = ({ folder, contracts }: Place): string[] => [
  '--contracts',
  contracts,
  '--feeds',
  join(folder, 'feeds'),
  '--database',
  join(folder, 'catalog.sqlite'),
];

async function withTools<Value>(place: Place, work: (tools: ToolSource) => Promise<Value>): Promise<Value> {
  const { folder, roots } = place;
  const lake: ServerConfig = {
    server: 'lake',
    args: [
      ...roots.flatMap((root) => ['--root', root]),
      '--warehouse',
      join(folder, 'lake'),
      '--max-rows',
      '1000',
    ],
  };
  const project = await loadProject({ dir: process.cwd() });
  const declared = project.config.tools?.['lake'];
  const effects = declared && 'effects' in declared && declared.effects ? { effects: declared.effects } : {};
  const tools = createToolSource({
    servers: { lake: { ...lake, ...effects }, catalog: { server: 'catalog', args: catalogArgs(place) } },
    scrub: (text) => text,
    projectDir: project.dir,
    environment: process.env,
    validator: createSchemaValidator(),
    shippedCommand: [process.execPath, launcher],
    local: [],
  });
  try {
    return await work(tools);
  } finally {
    await tools.close();
  }
}

async function runOnce(of: {
  readonly folder: string;
  readonly tools: ToolSource;
  readonly answer: Answer;
  readonly params: JsonObject;
  readonly ref: string;
}): Promise<DatamartRun> {
  const project = await loadProject({ dir: process.cwd() });
  const requests = new Map<string, ModelRequest>();
  const model = scriptedModel((request, { position }) => {
    requests.set(position, request);
    return of.answer(request, position);
  });
  const runtime = await createRuntime({
    project,
    database: join(of.folder, 'audit.db'),
    models: { scripted: () => model },
  });
  try {
    const workflow = await loadWorkflow({
      project,
      templates: createTemplateEngine(),
      schemas: createSchemaValidator(),
      ref: of.ref,
    });
    const defaults = Object.fromEntries(
      Object.entries(workflow.params).flatMap(([name, { default: value }]) =>
        value === undefined ? [] : [[name, value]],
      ),
    );
    const result = await runWorkflow(runtime.services, {
      workflow,
      tools: of.tools,
      params: { ...defaults, ...of.params },
      models: { steps: {}, all: 'scripted:datamart' },
    });
    return { result, requests };
  } finally {
    await runtime.close();
  }
}

async function accept(place: Place, change: string): Promise<void> {
  const { backend, book } = openCatalog(readArguments(catalogArgs(place)), { env: process.env });
  try {
    await acceptChange({ backend, book, nowMs: Date.now() }, { changeId: change, by: 'Ada' });
  } finally {
    book.close();
  }
}

async function rowsOf(tools: ToolSource, sql: string): Promise<JsonObject[]> {
  const [preview] = await tools.resolve(['lake.preview_sql']);
  const context = { signal: AbortSignal.timeout(20_000), timeoutMs: 20_000, idempotencyKey: 'look' };
  const shown = await preview?.call({ sql, limit: 1000 }, context);
  if (!shown || shown.isError) throw new Error(`The SELECT failed: ${JSON.stringify(shown?.content)}`);
  return (shown.structured as { rows: JsonObject[] }).rows;
}
