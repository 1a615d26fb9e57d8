import type { LoadedWorkflow, LoadedWorkflowStep } from '../../domain/loaded-workflow.ts';
import type { StepPath } from '../../domain/position.ts';
import type { StepResult } from '../../domain/result.ts';
import { type HeldBudget, hold } from '../budgets/accounts.ts';
import { fillParams } from '../runs/fill-params.ts';
import { limitsOfStep } from '../runs/limits-of-step.ts';
import { nothingSpent, type Spend, sumSpend } from '../runs/spend.ts';
import { workflowResponse } from '../runs/workflow-response.ts';
import type { WorkflowRun } from '../runs/workflow-run.ts';
import type { Place } from './record-step.ts';
import { holdsUntrusted, renderArguments } from './render-arguments.ts';

/** A step that is another workflow. It belongs to the same run: same log, same journal, its spend is ours. */
export async function runInnerWorkflow(
  flow: WorkflowRun,
  step: LoadedWorkflowStep,
  {
    place,
    run,
  }: {
    readonly place: Place;
    readonly run: (inner: WorkflowRun) => Promise<ReadonlyMap<string, StepResult>>;
  },
): Promise<StepResult> {
  const { services } = flow.run;
  const source = { args: step.params, origin: step.paramsOrigin };
  const given = renderArguments(services.templates, source, place.scope);
  const inner: WorkflowRun = {
    ...flow,
    run: { ...flow.run, accounts: [...flow.run.accounts, ...budgetsOf(step.workflow, place.path)] },
    workflow: step.workflow,
    params: fillParams(services.schemas, step.workflow, { given, location: step.paramsOrigin }),
    untrustedParams: holdsUntrusted(services.templates, source, place.scope),
    path: place.path,
    limits: limitsOfStep(flow, step),
    // An inner workflow without a model of its own uses the outer one's.
    models:
      flow.workflow.model === undefined ? flow.models : { ...flow.models, fallback: flow.workflow.model },
  };
  const results = await run(inner);
  const response = workflowResponse(inner, results);
  const spent = [...results.values()].reduce<Spend>(sumSpend, nothingSpent);
  return { response, text: '', stopReason: 'end', ...spent };
}

/** Each item and each round is a run of the inner workflow; further attempts at one of them draw on the same budget. */
function budgetsOf({ id, budget }: LoadedWorkflow, path: StepPath): readonly HeldBudget[] {
  return hold(budget, { workflowId: id, path: path.replace(/!\d+$/, '') });
}
