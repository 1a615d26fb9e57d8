import type { JsonObject } from '../domain/json.ts';
import type { Budgets } from '../domain/limits.ts';
import { roundPath, type StepPath } from '../domain/position.ts';
import type { ExecuteResult } from '../domain/result.ts';
import { execute, executeGroup, executeInRun } from '../engine/runs/execute.ts';
import type { RunContext } from '../engine/runs/run-context.ts';
import type { Runtime } from '../runtime.ts';
import {
  type ExecuteOptions,
  inlinePrompt,
  isZod,
  type PreparedPrompt,
  requestOf,
} from './execute-options.ts';
import { type Execute, executeOf } from './execute-signature.ts';
import { type PastChoice, withPast } from './past-choice.ts';
import { readGroupOptions, readOptions, readStepOptions } from './read-options.ts';
import { type RepeatedProgram, repeatedProgram } from './rerun/repeated-program.ts';

/** What the function given to `workflow` gets. */
export interface GroupContext {
  readonly execute: Execute;
  readonly runId: string;
  readonly params: JsonObject;
  readonly signal: AbortSignal;
}

export interface GroupOptions {
  readonly params?: JsonObject;
  /** What all its steps together may use; one or several. That of the project holds too. */
  readonly budget?: Budgets;
  readonly signal?: AbortSignal;
  /** An earlier run of this program, to go on with it, to replay it, to fork it. */
  readonly past?: PastChoice;
}

/** One prompt as a run of its own. */
export async function executeOnce<Response>(
  runtime: Runtime,
  options: ExecuteOptions<Response>,
): Promise<ExecuteResult<Response>> {
  const { past: choice } = readOptions(options);
  const prepared = await preparePrompt(runtime, options);
  return withPast(runtime, { choice, program: options }, async ({ params, start, repeats }) => {
    const repeated = repeatedProgram(repeats);
    repeated.begins(options.workflowId);
    const request = requestOf({ ...options, ...(params && { params }) }, prepared, defaultsOf(runtime));
    const { budget: projectBudget } = runtime.config;
    const result = await execute(runtime.services, {
      ...request,
      ...(projectBudget && { projectBudget }),
      accept: repeated.requireSame,
      ...start,
    });
    return typed(result, options);
  });
}

/** The response as the caller's zod schema gives it (with its transforms); the log keeps what the model answered. */
async function typed<Response>(
  result: ExecuteResult,
  { response }: ExecuteOptions<Response>,
): Promise<ExecuteResult<Response>> {
  // The engine has validated the response against the caller's own schema: the cast says what it proved.
  if (!response || !isZod(response)) return result as ExecuteResult<Response>;
  return { ...result, response: await response.parseAsync(result.response) };
}

interface Group<Value> {
  readonly workflowId: string;
  readonly work: (context: GroupContext) => Promise<Value>;
  readonly options: GroupOptions;
}

/** Several prompts as one run; loops, conditions and Promise.all are the function's own. */
export async function runGroup<Value>(
  runtime: Runtime,
  { workflowId, work, options }: Group<Value>,
): Promise<Value> {
  const { params: given, budget, signal, past: choice } = readGroupOptions(options);
  const { budget: projectBudget } = runtime.config;
  const program = { workflowId, ...(given && { params: given }) };
  return withPast(runtime, { choice, program }, (past) => {
    const { params = given ?? {} } = past;
    const repeated = repeatedProgram(past.repeats);
    const request = {
      workflowId,
      params,
      accept: repeated.requireSame,
      ...(budget && { budget }),
      ...(projectBudget && { projectBudget }),
      ...(signal && { signal }),
      ...past.start,
    };
    return executeGroup(runtime.services, request, (run) =>
      inGroup(runtime, { run, params, repeated, work }),
    );
  });
}

interface OpenGroup<Value> extends Pick<Group<Value>, 'work'> {
  readonly run: RunContext;
  readonly params: JsonObject;
  readonly repeated: RepeatedProgram;
}

async function inGroup<Value>(
  runtime: Runtime,
  { run, params, repeated, work }: OpenGroup<Value>,
): Promise<Value> {
  const paths = stepNames();
  const underWay = new Set<Promise<unknown>>();
  const runOne = async <Response>(step: ExecuteOptions<Response>, path: StepPath) => {
    repeated.begins(path);
    const prepared = await preparePrompt(runtime, readStepOptions(step));
    const request = requestOf({ params, ...step }, prepared, defaultsOf(runtime));
    try {
      const result = await executeInRun(run, path, request);
      await run.services.log.commit();
      return typed(result, step);
    } catch (error) {
      repeated.failed(error);
      throw error;
    }
  };
  const executeStep = executeOf((step) => {
    // Named before anything is awaited: the order of the calls decides, not the order in which files are read.
    const result = runOne(step, paths(step.workflowId));
    underWay.add(result);
    return result;
  });
  try {
    return await work({ execute: executeStep, runId: run.runId, params, signal: run.signal });
  } finally {
    // Steps that the function did not wait for (a Promise.all that failed early) end before the run's last event.
    await Promise.allSettled(underWay);
  }
}

/** A step that comes again is `name~2`, `name~3`: positions in a run are unique. */
function stepNames(): (name: string) => string {
  const counts = new Map<string, number>();
  return (name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : roundPath(name, count);
  };
}

async function preparePrompt(
  runtime: Runtime,
  { prompt, workflowId }: ExecuteOptions<unknown>,
): Promise<PreparedPrompt> {
  if (!prompt.endsWith('.prompt') || prompt.includes('\n')) return inlinePrompt(workflowId, prompt);
  const { loadPromptFile } = await import('../definitions/index.ts');
  const { projectDir, config, services } = runtime;
  const context = {
    project: { dir: projectDir, config },
    schemas: services.schemas,
    templates: services.templates,
  };
  return loadPromptFile(context, { path: prompt });
}

const defaultsOf = ({ config }: Runtime) => ({
  ...(config.model !== undefined && { model: config.model }),
  ...(config.limits && { limits: config.limits }),
});
