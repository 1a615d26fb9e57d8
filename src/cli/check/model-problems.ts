import type { CheckReport } from '../../definitions/index.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import { AiworkflowError } from '../../errors/index.ts';
import type { ModelClient, ModelSource } from '../../ports/model-client.ts';

export interface ModelProblems {
  readonly unusable: ReadonlyMap<string, Omit<Finding, 'location'>>;
  /** A machine that checks (a build server) need not hold the keys of the one that runs: warned of, no error. */
  readonly missingKeys: CheckReport['warnings'];
  /** Recordings of other workflows: a run would find no answer in them. */
  readonly foreignRecordings: CheckReport['warnings'];
}

type Finding = CheckReport['warnings'][number];

/** Opens each model that the workflow names. Asks no network. */
export async function findModelProblems(
  models: ModelSource,
  workflow: LoadedWorkflow,
): Promise<ModelProblems> {
  const unusable = new Map<string, Omit<Finding, 'location'>>();
  const missingKeys: Finding[] = [];
  const foreignRecordings: Finding[] = [];
  const asked = new Set(modelsAsked(workflow));
  for (const model of new Set(modelsOf(workflow))) {
    const opened = await openModel(models, model);
    if (!AiworkflowError.is(opened)) {
      if (asked.has(model)) foreignRecordings.push(...foreignRecording(opened, workflow));
      continue;
    }
    const { code, message, hint } = opened;
    const finding = { code, message, ...(hint !== undefined && { hint }) };
    if (code === 'MODEL_KEY_MISSING') missingKeys.push(finding);
    else unusable.set(model, finding);
  }
  return { unusable, missingKeys, foreignRecordings };
}

function foreignRecording(
  { id, recordedWorkflowId: recorded }: ModelClient,
  { id: own }: LoadedWorkflow,
): Finding[] {
  if (recorded === undefined || recorded === own) return [];
  return [
    {
      code: 'RECORDING_DIVERGED',
      message: `${id} is a run of workflow "${recorded}": it answers nothing that "${own}" asks.`,
      hint: 'Run with --model provider:model, or set `model:` in the workflow or in aiworkflow.yaml.',
    },
  ];
}

async function openModel(models: ModelSource, model: string): Promise<ModelClient | AiworkflowError> {
  try {
    return await models.open(model);
  } catch (error) {
    if (AiworkflowError.is(error)) return error;
    throw error;
  }
}

/** The models that steps really ask: one that every step overrides is asked nothing. */
function modelsAsked(workflow: LoadedWorkflow, outer?: string): string[] {
  const fallback = workflow.model ?? outer;
  return workflow.steps.flatMap((step) => {
    if (step.kind === 'prompt') return step.model ?? fallback ?? [];
    return step.kind === 'workflow' ? modelsAsked(step.workflow, fallback) : [];
  });
}

function modelsOf(workflow: LoadedWorkflow): string[] {
  const inSteps = workflow.steps.flatMap((step) => {
    if (step.kind === 'prompt') return step.model ?? [];
    return step.kind === 'workflow' ? modelsOf(step.workflow) : [];
  });
  return workflow.model === undefined ? inSteps : [workflow.model, ...inSteps];
}
