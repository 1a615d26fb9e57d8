import type { CheckReport } from '../../definitions/index.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import { AiworkflowError } from '../../errors/index.ts';
import type { ModelSource } from '../../ports/model-client.ts';

export interface ModelProblems {
  readonly unusable: ReadonlyMap<string, { readonly message: string; readonly hint?: string }>;
  /** A machine that checks (a build server) need not hold the keys of the one that runs: warned of, no error. */
  readonly missingKeys: CheckReport['warnings'];
}

/** Opens each model that the workflow names. Asks no network. */
export async function findModelProblems(
  models: ModelSource,
  workflow: LoadedWorkflow,
): Promise<ModelProblems> {
  const unusable = new Map<string, { message: string; hint?: string }>();
  const missingKeys: CheckReport['warnings'][number][] = [];
  for (const model of new Set(modelsOf(workflow))) {
    const problem = await problemOf(models, model);
    if (!problem) continue;
    const { code, message, hint } = problem;
    const finding = { message, ...(hint !== undefined && { hint }) };
    if (code === 'MODEL_KEY_MISSING') missingKeys.push({ code, ...finding });
    else unusable.set(model, finding);
  }
  return { unusable, missingKeys };
}

async function problemOf(models: ModelSource, model: string): Promise<AiworkflowError | undefined> {
  try {
    await models.open(model);
    return undefined;
  } catch (error) {
    if (AiworkflowError.is(error)) return error;
    throw error;
  }
}

function modelsOf(workflow: LoadedWorkflow): string[] {
  const inSteps = workflow.steps.flatMap((step) => {
    if (step.kind === 'prompt') return step.model ?? [];
    return step.kind === 'workflow' ? modelsOf(step.workflow) : [];
  });
  return workflow.model === undefined ? inSteps : [workflow.model, ...inSteps];
}
