import type { Json } from '../../domain/json.ts';
import type { StepResult } from '../../domain/result.ts';
import { workflowScope } from '../steps/scope.ts';
import type { WorkflowRun } from './workflow-run.ts';

/** What a workflow returns: its `result:` expression, or the response of its last step. */
export function workflowResponse(flow: WorkflowRun, results: ReadonlyMap<string, StepResult>): Json {
  const { result, steps } = flow.workflow;
  if (!result) return results.get(steps.at(-1)?.id ?? '')?.response ?? null;
  const scope = workflowScope(flow, results);
  return (flow.run.services.templates.evaluate(result, scope) ?? null) as Json;
}
