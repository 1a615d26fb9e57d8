import type { LoadedPromptStep, LoadedStep, LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import { formatLocation } from '../../domain/source-location.ts';
import { promptSteps } from '../../engine/swap/same-step.ts';
import { DefinitionError, nearest } from '../../errors/index.ts';

export interface StepToSwap {
  readonly step: LoadedPromptStep;
  /** The model that the files give it; undefined when runs have to name one. */
  readonly present: string | undefined;
}

/**
 * The prompt step of this id, in the workflow or in one inside it. Throws STEP_UNKNOWN when there is none, when it asks
 * no model, and when two different steps are called so.
 */
export function stepToSwap(
  workflow: LoadedWorkflow,
  id: string,
  { fallback }: { readonly fallback: string | undefined },
): StepToSwap {
  const [step, ...others] = promptSteps(workflow, id);
  if (!step) throw noSuchStep(workflow, id);
  const place = formatLocation(step.location);
  const other = others.find(({ location }) => formatLocation(location) !== place);
  if (other) throw twoSteps(id, [place, formatLocation(other.location)]);
  return { step, present: presentModel(workflow, id, fallback) };
}

function presentModel(workflow: LoadedWorkflow, id: string, outer: string | undefined): string | undefined {
  const inherited = workflow.model ?? outer;
  for (const step of workflow.steps) {
    if (step.kind === 'prompt' && step.id === id) return step.model ?? inherited;
    const holds = step.kind === 'workflow' && promptSteps(step.workflow, id).length > 0;
    if (holds) return presentModel(step.workflow, id, inherited);
  }
  return undefined;
}

function noSuchStep(workflow: LoadedWorkflow, id: string): DefinitionError {
  const known = [...new Set(promptSteps(workflow).map((step) => step.id))];
  const other = allSteps(workflow).find((step) => step.id === id);
  const [guess] = nearest(id, known);
  const why = other
    ? `is a ${other.kind} step: it has no model of its own`
    : `is no step of workflow "${workflow.id}"`;
  return new DefinitionError({
    code: 'STEP_UNKNOWN',
    message: `"${id}" ${why}.`,
    hint: `${guess !== undefined && !other ? `did you mean "${guess}"? ` : ''}Steps that ask a model: ${known.join(', ') || 'none'}.`,
  });
}

const allSteps = (workflow: LoadedWorkflow): LoadedStep[] =>
  workflow.steps.flatMap((step) => [step, ...(step.kind === 'workflow' ? allSteps(step.workflow) : [])]);

function twoSteps(id: string, places: readonly string[]): DefinitionError {
  return new DefinitionError({
    code: 'STEP_UNKNOWN',
    message: `More than one step is called "${id}": ${places.join(' and ')}.`,
    hint: 'give one of them another id; runs that are made from then on can be compared.',
  });
}
