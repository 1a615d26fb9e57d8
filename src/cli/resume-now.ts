import type { Budgets, Limits } from '../domain/limits.ts';
import type { LoadedWorkflow } from '../domain/loaded-workflow.ts';
import type { WorkflowResult } from '../domain/result.ts';
import type { Past } from '../engine/journal/past.ts';
import type { ModelChoice } from '../engine/runs/workflow-run.ts';
import { mergeModels } from '../runtime/rerun/merge-models.ts';
import { resumeRun } from '../runtime/rerun/resume-run.ts';
import type { Runtime } from '../runtime.ts';
import { openModels, requireSteps } from './load-workflow.ts';
import type { InProgress } from './run-in-progress.ts';

export interface ResumeChoice {
  readonly models: Omit<ModelChoice, 'fallback'>;
  readonly asRecorded?: boolean;
  readonly budget?: Budgets;
  readonly limits?: Limits;
}

/** Goes on with a run, with its steps so far on the screen. */
export function resumeNow(
  { runtime, progress, interrupts }: InProgress,
  runId: string,
  { models, ...choice }: ResumeChoice,
): Promise<WorkflowResult> {
  return resumeRun(runtime, runId, {
    ...choice,
    models,
    signal: interrupts.signal,
    onPast: (event) => progress.recall(runId, event),
    prepare: (workflow, plan) => openModelsLeft(runtime, { ...plan, workflow, models }),
  });
}

interface ModelsLeft {
  readonly workflow: LoadedWorkflow;
  readonly past: Past;
  isOver(step: string): boolean;
  readonly models: Omit<ModelChoice, 'fallback'>;
}

/** A key that is missing for the last step must not show after others were paid for; what is over needs none. */
export async function openModelsLeft(
  runtime: Runtime,
  { workflow, past, isOver, models }: ModelsLeft,
): Promise<void> {
  requireSteps(workflow, Object.keys(models.steps));
  const steps = workflow.steps.filter(({ id }) => !isOver(id));
  const { model: fallback } = runtime.config;
  const choice = { ...mergeModels(past, models), ...(fallback !== undefined && { fallback }) };
  await openModels(runtime, { ...workflow, steps }, choice);
}
