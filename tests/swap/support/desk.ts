import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { loadWorkflow } from '../../../src/definitions/index.ts';
import type { AuditEvent } from '../../../src/domain/events.ts';
import type { Json } from '../../../src/domain/json.ts';
import { runLoadedWorkflow } from '../../../src/runtime/run-workflow-file.ts';
import { type SwapOptions, swapStep } from '../../../src/runtime/swap/swap-step.ts';
import { createRuntime, type Runtime } from '../../../src/runtime.ts';
import { type MemoryLog, memoryLog, type Script, scriptedModel } from '../../../src/testing/index.ts';
import { defineTool } from '../../../src/tools/define-tool.ts';

/** Models by provider: what `old:m` and `new:m` answer. A list begins anew in every desk. */
export type Models = Readonly<Record<string, Script>>;

export const projectFile = `model: old:m
prices:
  'old:m': { input: 10, output: 20 }
  'new:m': { input: 1, output: 2 }
`;

/** A step with a tool and a contract, one before it that must not be asked again, and one after it. */
export const sorting = `id: sorting
params:
  text: { type: string, default: apples }
steps:
  - id: read
    prompt: 'Read {{ params.text }}.'
  - id: sort
    prompt: 'Sort {{ read.text }}.'
    tools: [look]
    response:
      type: object
      required: [kind, count]
      additionalProperties: false
      properties: { kind: { type: string }, count: { type: integer }, note: { type: string } }
  - id: tell
    prompt: 'Tell about {{ json sort.response }}.'
`;

export interface Desk {
  readonly dir: string;
  readonly log: MemoryLog;
  readonly runtime: Runtime;
  /** How often the tools were called for real. */
  readonly toolCalls: readonly Json[];
  write(path: string, text: string): void;
  /** Runs the workflow; the run's id, however it ended. */
  run(
    params?: Record<string, Json>,
    how?: { readonly all?: string; readonly fails?: true; readonly ref?: string },
  ): Promise<string>;
  swap(options?: Partial<SwapOptions> & { readonly ref?: string }): ReturnType<typeof swapStep>;
  events<Type extends AuditEvent['type']>(runId: string, type: Type): Extract<AuditEvent, { type: Type }>[];
  remove(): void;
}

export async function openDesk(
  models: Models,
  files: Readonly<Record<string, string>> = {},
  log: MemoryLog = memoryLog(),
): Promise<Desk> {
  const dir = mkdtempSync(join(tmpdir(), 'aiworkflow-swap-'));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  const all = { 'aiworkflow.yaml': projectFile, 'workflows/sorting.yaml': sorting, ...files };
  for (const [path, text] of Object.entries(all)) write(path, text);
  const opened = new Map<string, ReturnType<typeof scriptedModel>>();
  const extra = Object.fromEntries(
    Object.entries(models).map(([provider, script]) => [
      provider,
      (name: string) => {
        const id = `${provider}:${name}`;
        const model = opened.get(id) ?? scriptedModel(script, id);
        opened.set(id, model);
        return model;
      },
    ]),
  );
  const runtime = await createRuntime({ projectDir: dir, log, models: extra });
  const toolCalls: Json[] = [];
  const tools = [lookTool(toolCalls), storeTool(toolCalls)];
  const load = (ref = 'sorting') => {
    const { schemas, templates } = runtime.services;
    return loadWorkflow({ project: { dir, config: runtime.config }, schemas, templates, ref });
  };
  return {
    dir,
    log,
    runtime,
    toolCalls,
    write,
    async run(params = {}, { all: model, fails = false, ref } = {}) {
      const before = log.runIds.length;
      const chosen = { steps: {}, ...(model !== undefined && { all: model }) };
      await runLoadedWorkflow(runtime, await load(ref), { params, tools, models: chosen }).catch((error) => {
        if (!fails) throw error;
      });
      return log.runIds[before] ?? '';
    },
    swap: async ({ ref, ...options } = {}) =>
      swapStep(runtime, {
        workflow: await load(ref),
        step: 'sort',
        model: 'new:m',
        runIds: [...log.runIds].reverse(),
        ...options,
      }),
    events: (runId, type) =>
      [...log.events(runId)].filter(
        (event): event is Extract<AuditEvent, { type: typeof type }> => event.type === type,
      ),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

const lookTool = (calls: Json[]) =>
  defineTool({
    name: 'look',
    description: 'Looks at a fruit.',
    effect: 'read',
    input: z.object({ at: z.string() }),
    run: ({ at }) => {
      calls.push(at);
      return `There are 3 ${at}.`;
    },
  });

const storeTool = (calls: Json[]) =>
  defineTool({
    name: 'store',
    description: 'Stores a fruit.',
    effect: 'irreversible',
    input: z.object({ what: z.string() }),
    run: ({ what }) => {
      calls.push(what);
      return 'stored';
    },
  });

/** Looks first, then answers with a kind and a count. Steps before and after it answer with a text. */
export const sorter =
  (answer: { readonly look?: string; readonly json: (text: string) => Json }): Script =>
  ({ messages }) => {
    // What a template rendered from a result comes with a note in front.
    const first = messages.find(({ role }) => role === 'user');
    const text = first?.role === 'user' && first.content[0]?.type === 'text' ? first.content[0].text : '';
    if (text.startsWith('Read')) return `some ${/Read (\w+)/.exec(text)?.[1] ?? ''}`;
    if (!text.startsWith('Sort')) return 'told';
    if (messages.at(-1)?.role === 'tool' || answer.look === undefined) return { json: answer.json(text) };
    return { toolCalls: [{ name: 'look', arguments: { at: answer.look } }] };
  };
