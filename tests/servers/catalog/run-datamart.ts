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
import { runWorkflow } from '../../../src/engine/run-workflow.ts';
import { createRuntime } from '../../../src/runtime.ts';
import { createTemplateEngine } from '../../../src/templating/create-template-engine.ts';
import { scriptedModel } from '../../../src/testing/index.ts';
import { createToolSource } from '../../../src/tools/tool-source.ts';

export type Answer = (request: ModelRequest, position: string) => AssistantMessage;

export interface DatamartRun {
  readonly result: WorkflowResult;
  /** What models were asked, by position. */
  readonly requests: ReadonlyMap<string, ModelRequest>;
  /** All rows of a SELECT over the lake that the run left behind. */
  rows(sql: string): Promise<JsonObject[]>;
}

const launcher = fileURLToPath(new URL('./serve-from-source.ts', import.meta.url));

/**
 * Runs `workflows/product-datamart.yaml` with real servers as child processes, a lake of its own, and a scripted model.
 * `look` is called with what came out, while the lake still serves.
 */
export async function runDatamart(
  { answer, roots }: { readonly answer: Answer; readonly roots: readonly string[] },
  look: (run: DatamartRun) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'datamart-'));
  const project = await loadProject({ dir: process.cwd() });
  const requests = new Map<string, ModelRequest>();
  const model = scriptedModel((request, { position }) => {
    requests.set(position, request);
    return answer(request, position);
  });
  const runtime = await createRuntime({
    project,
    database: join(folder, 'audit.db'),
    models: { scripted: () => model },
  });
  const workflow = await loadWorkflow({
    project,
    templates: createTemplateEngine(),
    schemas: createSchemaValidator(),
    ref: 'product-datamart',
  });
  const lake: ServerConfig = {
    server: 'lake',
    args: [...roots.flatMap((root) => ['--root', root]), '--warehouse', join(folder, 'lake')],
  };
  const catalog: ServerConfig = {
    server: 'catalog',
    args: [
      '--contracts',
      'contracts',
      '--feeds',
      join(folder, 'feeds'),
      '--database',
      join(folder, 'catalog.sqlite'),
    ],
  };
  const tools = createToolSource({
    servers: { ...workflow.servers, lake, catalog },
    scrub: (text) => text,
    projectDir: project.dir,
    environment: process.env,
    validator: runtime.services.schemas,
    shippedCommand: [process.execPath, launcher],
    local: [],
  });
  try {
    const models = { steps: {}, all: 'scripted:datamart' };
    const result = await runWorkflow(runtime.services, { workflow, tools, params: {}, models });
    const rows = async (sql: string): Promise<JsonObject[]> => {
      const [preview] = await tools.resolve(['lake.preview_sql']);
      const context = { signal: AbortSignal.timeout(20_000), timeoutMs: 20_000, idempotencyKey: 'look' };
      const shown = await preview?.call({ sql, limit: 1000 }, context);
      if (!shown || shown.isError) throw new Error(`The SELECT failed: ${JSON.stringify(shown?.content)}`);
      return (shown.structured as { rows: JsonObject[] }).rows;
    };
    await look({ result, requests, rows });
  } finally {
    await tools.close();
    await runtime.close();
    rmSync(folder, { recursive: true });
  }
}
