import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { openAuditLog } from '../src/audit/sqlite/index.ts';
import { loadWorkflow } from '../src/definitions/load-workflow.ts';
import { AiworkflowError } from '../src/errors/index.ts';
import { runLoadedWorkflow } from '../src/runtime/run-workflow-file.ts';
import { createRuntime, type Runtime } from '../src/runtime.ts';
import { defineTool } from '../src/tools/define-tool.ts';
import { PROMPT, SYSTEM, TOOL_DESC, TOOL_NAME } from './adapters/_shared.mjs';
import { sampleText } from './samples.ts';

/** Items of 10 turns: 10 model calls and 9 tool calls each. */
const itemCalls = 19;
const itemCount = 527;
/** Then one step more, whose model call is the first that a resume has to make. */
export const recordedCalls = itemCount * itemCalls;
export const database = 'audit.db';

const workflow = `id: long
description: Ten thousand calls, and one more.
steps:
  - id: read
    forEach: '{{ params.items }}'
    as: item
    concurrency: 8
    tools: [${TOOL_NAME}]
    prompt: '${SYSTEM} ${PROMPT} This is lot {{ item }}.'
  - id: sum
    model: last:mock-model
    needs: [read]
    prompt: How many samples were there in all?
params:
  items: { type: array }
`;

/** The project's files. `lastUrl`: where the provider of the last step answers; the others are never asked again. */
export function writeProject(folder: string, { origin, lastUrl }: { origin: string; lastUrl: string }): void {
  mkdirSync(join(folder, 'workflows'), { recursive: true });
  writeFileSync(join(folder, 'workflows/long.yaml'), workflow);
  writeFileSync(
    join(folder, 'aiworkflow.yaml'),
    `database: ${database}
providers:
  mock: { api: openai.chat, baseUrl: ${origin}/turns/10/v1 }
  last: { api: openai.chat, baseUrl: ${lastUrl} }
model: mock:mock-model
limits: { modelRetries: 0 }
`,
  );
}

/** A run that has made its ten thousand calls and failed at the one after them. Gives its id. */
export async function makeLongRun(folder: string, origin: string): Promise<string> {
  // Nobody listens there: the step fails at once.
  writeProject(folder, { origin, lastUrl: 'http://127.0.0.1:9/v1' });
  return withProject(folder, async (runtime) => {
    const items = Array.from({ length: itemCount }, (_, index) => index);
    const { schemas, templates } = runtime.services;
    const project = { dir: runtime.projectDir, config: runtime.config };
    const loaded = await loadWorkflow({ project, schemas, templates, ref: 'long' });
    try {
      await runLoadedWorkflow(runtime, loaded, { params: { items }, tools: [tool] });
    } catch (error) {
      if (AiworkflowError.is(error) && error.code === 'MODEL_UNREACHABLE') return error.runId ?? '';
      throw error;
    }
    throw new Error('The long run did not stop at its last step.');
  });
}

/** The log is the default one: `full`. */
export async function withProject<Value>(
  folder: string,
  work: (runtime: Runtime) => Promise<Value>,
): Promise<Value> {
  const log = openAuditLog({ file: join(folder, database), durability: 'full' });
  const runtime = await createRuntime({ projectDir: folder, log, env: {} });
  try {
    return await work(runtime);
  } finally {
    await runtime.close();
  }
}

const tool = defineTool({
  name: TOOL_NAME,
  description: TOOL_DESC,
  input: z.strictObject({ path: z.string(), index: z.number() }),
  effect: 'read',
  run: async ({ index }) => sampleText(1024, index),
});
