import type { JsonObject } from '../../src/domain/json.ts';
import type { LoadedStep, LoadedWorkflow } from '../../src/domain/loaded-workflow.ts';
import { runWorkflow, type WorkflowRequest } from '../../src/engine/runs/run-workflow.ts';
import type { EngineServices } from '../../src/engine/runs/services.ts';
import type { CallableTool, ToolSource } from '../../src/ports/tool-source.ts';
import type { Script } from '../../src/testing/index.ts';
import { type Harness, harness } from './harness.ts';

const at = { file: 'test.yaml', line: 1, column: 1 };
export const template = (text: string) => ({ text, origin: at });

const common = { location: at, needs: [], references: [], as: 'item', concurrency: 4, maxRounds: 5 };

type Change = {
  [Key in 'needs' | 'when' | 'forEach' | 'until' | 'retry' | 'concurrency' | 'maxRounds']?: unknown;
} & JsonObject;

/** Steps as loading would give them. `when`, `forEach` and `until` may be plain text. */
export function promptStep(id: string, text: string, change: Change = {}): LoadedStep {
  const base = {
    ...common,
    id,
    kind: 'prompt',
    prompt: { messages: [{ role: 'user', template: template(text) }] },
    tools: ['*'],
    settings: {},
  };
  return withTemplates({ ...base, ...change });
}

export function callStep(id: string, call: string, args: JsonObject, change: Change = {}): LoadedStep {
  return withTemplates({
    ...common,
    id,
    kind: 'call',
    call,
    arguments: args,
    argumentsOrigin: at,
    ...change,
  });
}

export function innerStep(
  id: string,
  workflow: LoadedWorkflow,
  params: JsonObject,
  change: Change = {},
): LoadedStep {
  return withTemplates({ ...common, id, kind: 'workflow', workflow, params, paramsOrigin: at, ...change });
}

function withTemplates(step: Record<string, unknown>): LoadedStep {
  const filled = Object.entries(step).map(([key, value]) =>
    ['when', 'forEach', 'until'].includes(key) && typeof value === 'string'
      ? [key, template(value)]
      : [key, value],
  );
  return Object.fromEntries(filled) as LoadedStep;
}

export const workflowOf = (
  steps: readonly LoadedStep[],
  change: Partial<LoadedWorkflow> = {},
): LoadedWorkflow => ({
  id: 'test',
  file: 'test.yaml',
  params: {},
  servers: {},
  model: 'scripted:model',
  steps,
  ...change,
});

export interface WorkflowHarness extends Harness {
  runSteps(
    steps: readonly LoadedStep[] | LoadedWorkflow,
    request?: Partial<WorkflowRequest>,
  ): ReturnType<typeof runWorkflow>;
}

export function workflowHarness(
  script: Script,
  { tools = [], ...change }: Partial<EngineServices> & { readonly tools?: readonly CallableTool[] } = {},
): WorkflowHarness {
  const base = harness(script, change);
  const source: ToolSource = {
    resolve: async (patterns) =>
      tools.filter((tool) => patterns.includes('*') || patterns.includes(tool.definition.name)),
  };
  return {
    ...base,
    runSteps: (steps, request = {}) =>
      runWorkflow(base.services, {
        workflow: 'steps' in steps ? steps : workflowOf(steps),
        params: {},
        models: { steps: {} },
        tools: source,
        ...request,
      }),
  };
}
