import type { ChosenModels, RunOverrides } from '../../domain/events.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { Budgets, Limits } from '../../domain/limits.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { WorkflowResult } from '../../domain/result.ts';
import type { ToolSource } from '../../ports/tool-source.ts';
import type { HeldBudget } from '../budgets/accounts.ts';
import { chosenBudgets, type RunBudgets } from '../budgets/chosen-budgets.ts';
import type { Journal } from '../journal/journal.ts';
import { runStep } from '../steps/run-step.ts';
import { runSteps } from '../steps/run-steps.ts';
import { fillParams } from './fill-params.ts';
import { type RunStart, recordRun } from './record-run.ts';
import type { RunContext } from './run-context.ts';
import type { EngineServices } from './services.ts';
import { nothingSpent, type Spend, sumSpend } from './spend.ts';
import { workflowResponse } from './workflow-response.ts';
import type { ModelChoice, WorkflowRun } from './workflow-run.ts';

export interface WorkflowRequest {
  readonly workflow: LoadedWorkflow;
  readonly params: JsonObject;
  readonly models: ModelChoice;
  readonly tools: ToolSource;
  readonly limits?: Limits;
  /** The project's budget: holds beside the workflow's own. */
  readonly projectBudget?: Budgets;
  /** Further budgets that the run's calls draw on. */
  readonly accounts?: readonly HeldBudget[];
  /** What was typed for this part of the run: wins over workflow and project, and becomes part of neither. */
  readonly overrides?: RunOverrides;
  readonly runId?: string;
  readonly journal?: Journal;
  readonly signal?: AbortSignal;
  /** What ties the run to an earlier one, or to itself. */
  readonly lineage?: Lineage;
}

export type Lineage = Pick<RunStart, 'resumes' | 'parentRunId' | 'origin' | 'seenAs'>;

/** Runs a workflow file's definition as one run. */
export async function runWorkflow(
  services: EngineServices,
  request: WorkflowRequest,
): Promise<WorkflowResult> {
  const { workflow, models, tools, limits } = request;
  const params = fillParams(services.schemas, workflow, { given: request.params });
  return recordRun(services, startOf(request, params), async (run) => {
    const flow: WorkflowRun = { run, workflow, params, path: '', tools, models, ...(limits && { limits }) };
    const results = await runSteps(flow, runStep);
    const response = workflowResponse(flow, results);
    const spent = [...results.values()].reduce<Spend>(sumSpend, nothingSpent);
    return { result: response, value: resultOf(run, workflow, { results, response, spent }) };
  });
}

function startOf(request: WorkflowRequest, params: JsonObject) {
  const { workflow, models, accounts, overrides, runId, journal, signal, lineage } = request;
  const { budget, projectBudget } = chosenBudgets(declaredBudgets(request), overrides?.budget);
  const chosen = chosenModels(models);
  const model = models.all ?? workflow.model ?? models.fallback;
  return {
    workflowId: workflow.id,
    // Plain JSON by construction (see LoadedWorkflow).
    definition: workflow as unknown as Json,
    params,
    ...(model !== undefined && { model }),
    ...(overrides && { overrides }),
    ...(budget && { budget }),
    ...(projectBudget && { projectBudget }),
    ...(accounts && { accounts }),
    ...(runId !== undefined && { runId }),
    ...(chosen && { models: chosen }),
    ...lineage,
    ...(journal && { journal }),
    ...(signal && { signal }),
  };
}

const declaredBudgets = ({ workflow: { budget }, projectBudget }: WorkflowRequest): RunBudgets => ({
  ...(budget && { budget }),
  ...(projectBudget && { projectBudget }),
});

/** What the files do not say: kept with the run, so that a resume and a replay choose the same. */
function chosenModels({ all, steps }: ModelChoice): ChosenModels | undefined {
  const named = Object.keys(steps).length > 0;
  if (all === undefined && !named) return undefined;
  return { ...(all !== undefined && { all }), ...(named && { steps }) };
}

function resultOf(
  run: RunContext,
  workflow: LoadedWorkflow,
  end: {
    readonly results: ReadonlyMap<string, WorkflowResult['steps'][string]>;
    readonly response: Json;
    readonly spent: Spend;
  },
): WorkflowResult {
  return {
    runId: run.runId,
    workflowId: workflow.id,
    steps: Object.fromEntries(end.results),
    response: end.response,
    usage: end.spent.usage,
    costUsd: run.paid.costUsd,
  };
}
