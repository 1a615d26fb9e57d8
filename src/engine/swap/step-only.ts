import type { LoadedStep, LoadedWorkflow } from '../../domain/loaded-workflow.ts';

/**
 * A recorded workflow cut down to one prompt step and what it needs: a replay of it ends with the step, and pays for
 * nothing after it. Undefined when the workflow has no such step.
 *
 * An inner workflow in an `until` loop is cut too, so it cannot say whether the loop is done: its first round is replayed.
 */
export function stepOnly(workflow: LoadedWorkflow, id: string): LoadedWorkflow | undefined {
  const targets = workflow.steps.flatMap((step) => asTarget(step, id) ?? []);
  if (targets.length === 0) return undefined;
  const ids = new Set(targets.map((step) => step.id));
  const needed = needsOf(workflow.steps, ids);
  const before = workflow.steps.filter((step) => needed.has(step.id) && !ids.has(step.id));
  // The answer of a workflow without `result` is that of its last step.
  const { result: _result, ...rest } = workflow;
  return { ...rest, steps: [...before, ...targets] };
}

/** The step itself, or one whose inner workflow holds it. */
function asTarget(step: LoadedStep, id: string): LoadedStep | undefined {
  if (step.kind === 'prompt') return step.id === id ? step : undefined;
  if (step.kind !== 'workflow') return undefined;
  const inner = stepOnly(step.workflow, id);
  if (!inner) return undefined;
  return { ...step, workflow: inner, ...(step.until && { until: { ...step.until, text: '{{ true }}' } }) };
}

/** The ids of the steps and of all that they wait for. */
function needsOf(steps: readonly LoadedStep[], ids: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set(ids);
  // A set that grows while it is walked: each step is asked once.
  for (const id of found)
    for (const need of steps.find((step) => step.id === id)?.needs ?? []) found.add(need);
  return found;
}
