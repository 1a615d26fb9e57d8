import type { Json, JsonObject } from '../../domain/json.ts';
import { type Budgets, effectiveLimits, type Limits } from '../../domain/limits.ts';
import type { LoadedPrompt, ResponseContract } from '../../domain/loaded-workflow.ts';
import type { ModelSettings } from '../../domain/model.ts';
import type { StepPath } from '../../domain/position.ts';
import type { ExecuteResult, StepResult } from '../../domain/result.ts';
import type { ModelClient } from '../../ports/model-client.ts';
import type { TemplateScope } from '../../ports/template-engine.ts';
import type { CallableTool } from '../../ports/tool-source.ts';
import { hold } from '../budgets/accounts.ts';
import type { Journal } from '../journal/journal.ts';
import { clientsOfStep } from '../steps/clients-of-step.ts';
import { requireMayBegin } from '../steps/may-begin.ts';
import { recordEnd } from '../steps/record-step.ts';
import { renderPrompt } from '../steps/render-prompt.ts';
import { aboutRun } from '../steps/scope.ts';
import { withStep } from '../steps/step-context.ts';
import type { Demand } from '../turns/check-answer.ts';
import { executePrompt } from '../turns/execute-prompt.ts';
import { recordRun } from './record-run.ts';
import { emit, type RunContext } from './run-context.ts';
import type { Lineage } from './run-workflow.ts';
import type { EngineServices } from './services.ts';

/** What any run of its own is asked for. */
export interface GroupRequest {
  readonly workflowId: string;
  /** The caller's own values, `{{ params.x }}`. Trusted. */
  readonly params: JsonObject;
  readonly budget?: Budgets;
  /** The project's: holds beside it. */
  readonly projectBudget?: Budgets;
  readonly signal?: AbortSignal;
  readonly runId?: string;
  readonly journal?: Journal;
  readonly lineage?: Lineage;
  /** Throws when the result must not count: a replay that came to something else. */
  readonly accept?: (result: Json) => void;
}

/** One prompt, run until the model answers. Templates and schemas are loaded; the model is named, not opened. */
export interface ExecuteRequest extends GroupRequest {
  readonly prompt: LoadedPrompt;
  /** Former results and other values for the template. Fenced as data: a tool may have written them. */
  readonly inputs: JsonObject;
  readonly tools: readonly CallableTool[];
  readonly model: string;
  /** The opened model, when the caller brings its own. */
  readonly client?: ModelClient;
  readonly settings: ModelSettings;
  readonly contract?: ResponseContract;
  /** The caller's own check of the answer, after the contract's. */
  readonly demand?: Demand;
  readonly limits?: Limits;
}

/** A run of its own around one prompt. */
export function execute(services: EngineServices, request: ExecuteRequest): Promise<ExecuteResult> {
  const { workflowId, params, model, budget, projectBudget, signal, runId, journal, lineage } = request;
  const start = {
    workflowId,
    params,
    model,
    ...(budget && { budget }),
    ...(projectBudget && { projectBudget }),
    ...(signal && { signal }),
    ...(runId !== undefined && { runId }),
    ...(journal && { journal }),
    ...lineage,
  };
  return recordRun(services, start, async (run) => {
    // The run has the request's budget and signal already: the step must not draw on a second copy of them.
    const { budget: _ofRun, signal: _ofRunToo, ...step } = request;
    const value = await executeInRun(run, workflowId, step);
    request.accept?.(value.response);
    return { value, result: value.response };
  });
}

/** The same as a step of a run that is open already. Its end is queued: commit before a caller builds on it. */
export async function executeInRun(
  outer: RunContext,
  path: StepPath,
  request: ExecuteRequest,
): Promise<ExecuteResult> {
  const signal = request.signal ? AbortSignal.any([outer.signal, request.signal]) : outer.signal;
  const { workflowId } = outer;
  const held = hold(request.budget, { workflowId, step: request.workflowId, path });
  const run = { ...outer, signal, accounts: [...outer.accounts, ...held] };
  requireMayBegin(run, path);
  emit(run, {
    type: 'step-started',
    at: run.services.clock.now(),
    step: path,
    kind: 'prompt',
    model: request.model,
  });
  const result = await recordEnd(run, path, () => runPrompt(run, path, request));
  return { ...result, cost: result.costUsd, runId: run.runId, workflowId: request.workflowId };
}

async function runPrompt(run: RunContext, path: StepPath, request: ExecuteRequest): Promise<StepResult> {
  const messages = renderPrompt(run.services, request.prompt, scopeOf(run, request));
  const clients = request.client ? { client: request.client } : await clientsOfStep(run, path, request.model);
  const { tools, settings, contract, demand } = request;
  return withStep(run, { path, limits: effectiveLimits(request.limits) }, (step) =>
    executePrompt(step, {
      messages,
      tools,
      ...clients,
      settings,
      ...(contract && { contract }),
      ...(demand && { demand }),
    }),
  );
}

function scopeOf(run: RunContext, { inputs, params }: ExecuteRequest): TemplateScope {
  return { values: { run: aboutRun(run), params, ...inputs }, untrusted: new Set(Object.keys(inputs)) };
}

/** Several prompts as one run: what the function returns is the run's result. */
export function executeGroup<Value>(
  services: EngineServices,
  { accept, lineage, ...start }: GroupRequest,
  work: (run: RunContext) => Promise<Value>,
): Promise<Value> {
  return recordRun(services, { ...start, ...lineage }, async (run) => {
    const value = await work(run);
    const result = jsonOf(value);
    accept?.(result);
    return { value, result };
  });
}

/** A function's return value may be anything; the log keeps what JSON keeps of it. */
function jsonOf(value: unknown): Json {
  return value === undefined ? null : (JSON.parse(JSON.stringify(value) ?? 'null') as Json);
}
