import type { LoadedStep, LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { StepPath } from '../../domain/position.ts';

/** The models that the steps of a recorded run had, by their path without items, rounds and attempts. */
export type RecordedModels = ReadonlyMap<StepPath, string>;

/**
 * A recorded workflow cut down to one prompt step and what it needs: a replay of it ends with the step, and pays for
 * nothing after it. The steps before it keep the models that they were recorded with, whatever the project's default
 * has become since. Undefined when the workflow has no such step.
 *
 * An inner workflow in an `until` loop is cut too, so it cannot say whether the loop is done: its first round is replayed.
 */
export function stepOnly(
  workflow: LoadedWorkflow,
  id: string,
  models: RecordedModels = new Map(),
): LoadedWorkflow | undefined {
  return cut(workflow, id, { models, path: '' });
}

interface Place {
  readonly models: RecordedModels;
  /** Of the step that the workflow is inside of, with a slash; '' for the outermost. */
  readonly path: string;
}

function cut(workflow: LoadedWorkflow, id: string, place: Place): LoadedWorkflow | undefined {
  const targets = workflow.steps.flatMap((step) => asTarget(step, id, place) ?? []);
  if (targets.length === 0) return undefined;
  const ids = new Set(targets.map((step) => step.id));
  const needed = needsOf(workflow.steps, ids);
  const before = workflow.steps.filter((step) => needed.has(step.id) && !ids.has(step.id));
  // The answer of a workflow without `result` is that of its last step.
  const { result: _result, ...rest } = workflow;
  return { ...rest, steps: [...before.map((step) => asRecorded(step, place)), ...targets] };
}

/** The step itself, or one whose inner workflow holds it. */
function asTarget(step: LoadedStep, id: string, { models, path }: Place): LoadedStep | undefined {
  if (step.kind === 'prompt') return step.id === id ? step : undefined;
  if (step.kind !== 'workflow') return undefined;
  const inner = cut(step.workflow, id, { models, path: `${path}${step.id}/` });
  if (!inner) return undefined;
  return { ...step, workflow: inner, ...(step.until && { until: { ...step.until, text: '{{ true }}' } }) };
}

function asRecorded(step: LoadedStep, place: Place): LoadedStep {
  const path = place.path + step.id;
  if (step.kind === 'call') return step;
  if (step.kind === 'prompt') {
    const model = place.models.get(path);
    return model === undefined ? step : { ...step, model };
  }
  const inner = { ...place, path: `${path}/` };
  const steps = step.workflow.steps.map((one) => asRecorded(one, inner));
  return { ...step, workflow: { ...step.workflow, steps } };
}

/** The ids of the steps and of all that they wait for. */
function needsOf(steps: readonly LoadedStep[], ids: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set(ids);
  // A set that grows while it is walked: each step is asked once.
  for (const id of found)
    for (const need of steps.find((step) => step.id === id)?.needs ?? []) found.add(need);
  return found;
}
