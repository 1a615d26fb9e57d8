import type { LoadedWorkflow } from '../domain/loaded-workflow.ts';
import type { ModelChoice } from '../engine/runs/workflow-run.ts';
import { modelOf } from '../engine/steps/run-prompt-step.ts';
import { DefinitionError, nearest } from '../errors/index.ts';
import type { Runtime } from '../runtime.ts';

/** `--model setp=m` must not be ignored: the step would run on another model than was asked for. */
export function requireSteps(workflow: LoadedWorkflow, named: readonly string[]): void {
  const known = stepIds(workflow);
  const unknown = named.find((id) => !known.includes(id));
  if (unknown === undefined) return;
  const [guess] = nearest(unknown, known);
  throw new DefinitionError({
    code: 'STEP_UNKNOWN',
    message: `--model names step "${unknown}", and workflow "${workflow.id}" has no prompt step of that id.`,
    hint: `${guess ? `did you mean "${guess}"? ` : ''}Prompt steps: ${known.join(', ') || 'none'}.`,
  });
}

/** Ids of the steps that a model takes part in, those of inner workflows too. */
function stepIds(workflow: LoadedWorkflow): string[] {
  return workflow.steps.flatMap((step) => {
    if (step.kind === 'prompt') return [step.id];
    return step.kind === 'workflow' ? stepIds(step.workflow) : [];
  });
}

/**
 * Opens the models of all steps that are sure to run: a key that is missing for the last step must not show after the
 * others were paid for. A step with `when` may never need its model.
 */
export async function openModels(
  runtime: Runtime,
  workflow: LoadedWorkflow,
  models: ModelChoice,
): Promise<void> {
  for (const model of new Set(modelsNeeded(workflow, models))) await runtime.models.open(model);
}

function modelsNeeded(workflow: LoadedWorkflow, models: ModelChoice): string[] {
  const inner = workflow.model === undefined ? models : { ...models, fallback: workflow.model };
  return workflow.steps.flatMap((step) => {
    if (step.when) return [];
    if (step.kind === 'prompt') return modelOf({ models, workflow }, step);
    return step.kind === 'workflow' ? modelsNeeded(step.workflow, inner) : [];
  });
}
