import type { ChosenModels } from '../../domain/events.ts';
import { stepIdOf } from '../../domain/position.ts';
import type { Past } from '../../engine/journal/past.ts';
import type { ModelChoice } from '../../engine/runs/workflow-run.ts';

/**
 * The models that were chosen for the recorded run, and over them those that are chosen now. `asRecorded`: also those
 * that stood in files which are not asked now.
 */
export function mergeModels(
  past: Past,
  now: ChosenModels = {},
  { asRecorded = false }: { readonly asRecorded?: boolean } = {},
): Omit<ModelChoice, 'fallback'> {
  const then = asRecorded ? modelsOfSteps(past) : (past.resumed?.models ?? past.started?.models ?? {});
  const all = now.all ?? then.all;
  // A model for all that is chosen now is meant for all: an older choice for one step gives way to it.
  const steps = { ...(now.all === undefined && then.steps), ...now.steps };
  return { steps, ...(all !== undefined && { all }) };
}

/** Which model each step had, by its id; steps that had not begun by then get what was chosen for all. */
function modelsOfSteps(past: Past): ChosenModels {
  const chosen = past.resumed?.models ?? past.started?.models;
  const models = [...past.steps.values()].flatMap(({ started: { step, model } }): [string, string][] =>
    model === undefined ? [] : [[stepIdOf(step), model]],
  );
  return { ...chosen, steps: { ...chosen?.steps, ...Object.fromEntries(models) } };
}
