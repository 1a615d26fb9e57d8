import type { RunOverrides } from '../domain/events.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Budgets, Limits } from '../domain/limits.ts';
import type { LoadedWorkflow } from '../domain/loaded-workflow.ts';
import type { WorkflowResult } from '../domain/result.ts';
import type { ServerConfig } from '../domain/server-config.ts';
import type { HeldBudget } from '../engine/budgets/accounts.ts';
import type { Journal } from '../engine/journal/journal.ts';
import { type Lineage, runWorkflow } from '../engine/runs/run-workflow.ts';
import type { ModelChoice } from '../engine/runs/workflow-run.ts';
import type { CallableTool, ToolSource } from '../ports/tool-source.ts';
import type { Runtime } from '../runtime.ts';
import { openTools } from './open-tools.ts';

export interface RunWorkflowOptions {
  readonly params?: JsonObject;
  /** Which models steps use: for all, by step id. Wins over what the files say. */
  readonly models?: Omit<ModelChoice, 'fallback'>;
  /** Local tools, beside the servers of the workflow. */
  readonly tools?: readonly CallableTool[];
  readonly signal?: AbortSignal;
  readonly runId?: string;
  /** What the run takes from a log instead of the world. */
  readonly journal?: Journal;
  readonly lineage?: Lineage;
  /** Instead of the servers that the workflow declares. */
  readonly toolSource?: ToolSource;
  /** Wins over what workflow and project set. */
  readonly limits?: Limits;
  /** For this run, in place of what workflow and project declare for a run. */
  readonly budget?: Budgets;
  /** Budgets of somebody else that the run's calls draw on. */
  readonly accounts?: readonly HeldBudget[];
}

/** Runs a loaded workflow with the servers that it declares, and ends them with it. */
export async function runLoadedWorkflow(
  runtime: Runtime,
  workflow: LoadedWorkflow,
  options: RunWorkflowOptions = {},
): Promise<WorkflowResult> {
  const { config, services } = runtime;
  const { journal, lineage, accounts, toolSource } = options;
  const overrides = overridesOf(options);
  const servers = openTools({ ...runtime, schemas: services.schemas }, serversOf(workflow), options.tools);
  try {
    return await runWorkflow(services, {
      workflow,
      tools: toolSource ?? servers,
      ...(journal && { journal }),
      ...(lineage && { lineage }),
      ...(accounts && { accounts }),
      params: options.params ?? {},
      models: {
        steps: {},
        ...options.models,
        ...(config.model !== undefined && { fallback: config.model }),
      },
      ...(config.limits && { limits: config.limits }),
      ...(config.budget && { projectBudget: config.budget }),
      ...(overrides && { overrides }),
      ...(options.signal && { signal: options.signal }),
      ...(options.runId !== undefined && { runId: options.runId }),
    });
  } finally {
    await servers.close();
  }
}

function overridesOf({ limits, budget }: RunWorkflowOptions): RunOverrides | undefined {
  if (!limits && !budget) return undefined;
  return { ...(limits && { limits }), ...(budget && { budget }) };
}

/** The servers of a workflow and of every workflow inside it. Loading has refused two that differ under one name. */
export function serversOf(workflow: LoadedWorkflow): Readonly<Record<string, ServerConfig>> {
  const inner = workflow.steps.flatMap((step) =>
    step.kind === 'workflow' ? [serversOf(step.workflow)] : [],
  );
  return Object.assign({}, ...inner, workflow.servers);
}
