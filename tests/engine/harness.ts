import { hash } from 'node:crypto';
import { z } from 'zod';
import { createSchemaValidator } from '../../src/contracts/schema-validator.ts';
import type { AuditEvent } from '../../src/domain/events.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { type ExecuteRequest, execute } from '../../src/engine/runs/execute.ts';
import type { EngineServices } from '../../src/engine/runs/services.ts';
import type { CallableTool } from '../../src/ports/tool-source.ts';
import { createTemplateEngine } from '../../src/templating/create-template-engine.ts';
import {
  fixedClock,
  type MemoryLog,
  memoryLog,
  type Script,
  type ScriptedModel,
  scriptedModel,
} from '../../src/testing/index.ts';
import { defineTool } from '../../src/tools/define-tool.ts';

/** The engine over its real templates and schemas, a log in memory and a scripted model. */
export interface Harness {
  readonly log: MemoryLog;
  readonly model: ScriptedModel;
  readonly services: EngineServices;
  run(request?: Partial<ExecuteRequest> & { readonly text?: string }): ReturnType<typeof execute>;
  events<Type extends AuditEvent['type']>(type: Type): Extract<AuditEvent, { type: Type }>[];
  blob(key: string | undefined): Json;
}

export function harness(script: Script, change: Partial<EngineServices> = {}): Harness {
  const log = (change.log as MemoryLog | undefined) ?? memoryLog();
  const model = scriptedModel(script);
  let run = 0;
  const services: EngineServices = {
    log,
    models: { open: async () => model },
    templates: createTemplateEngine(),
    schemas: createSchemaValidator(),
    prices: { cost: () => 0.001 },
    clock: fixedClock(),
    ids: { runId: () => `run-${++run}` },
    hash: (text) => hash('sha256', text, 'hex'),
    scrub: (text) => text,
    program: 'aiworkflow test',
    ...change,
  };
  return {
    log,
    model,
    services,
    run: ({ text = 'Do it.', ...request } = {}) => execute(services, { ...baseRequest(text), ...request }),
    events: (type) =>
      [...log.events(log.runIds[0]!)].filter(
        (event): event is Extract<AuditEvent, { type: typeof type }> => event.type === type,
      ),
    blob: (key) => JSON.parse(log.load(key ?? '') ?? 'null') as Json,
  };
}

function baseRequest(text: string): ExecuteRequest {
  return {
    workflowId: 'test',
    prompt: {
      messages: [{ role: 'user', template: { text, origin: { file: 'test.prompt', line: 1, column: 1 } } }],
    },
    inputs: {},
    params: {},
    tools: [],
    model: 'scripted:model',
    settings: {},
  };
}

export const contract = (schema: JsonObject) => ({ contract: { name: 'answer', schema, source: 'test' } });

/** A tool that adds; `calls` holds what it was called with. */
export function addTool(effect: 'read' | 'irreversible' = 'read'): CallableTool & { readonly calls: Json[] } {
  const calls: Json[] = [];
  const tool = defineTool({
    name: 'add',
    description: 'Adds two numbers.',
    effect,
    input: z.object({ a: z.number(), b: z.number() }),
    run: ({ a, b }) => {
      calls.push({ a, b });
      return String(a + b);
    },
  });
  return { ...tool, calls };
}
