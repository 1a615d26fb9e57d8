import type { ChosenModels } from '../../domain/events.ts';
import type { Past } from '../../engine/past.ts';
import type { ModelChoice } from '../../engine/workflow-run.ts';

/** The models that were chosen for the recorded run, and over them those that are chosen now. */
export function mergeModels(past: Past, now: ChosenModels = {}): Omit<ModelChoice, 'fallback'> {
  const then = past.resumed?.models ?? past.started?.models ?? {};
  const all = now.all ?? then.all;
  // A model for all that is chosen now is meant for all: an older choice for one step gives way to it.
  const steps = { ...(now.all === undefined && then.steps), ...now.steps };
  return { steps, ...(all !== undefined && { all }) };
}
