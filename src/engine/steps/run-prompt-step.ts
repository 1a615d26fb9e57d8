import type { LoadedPromptStep } from '../../domain/loaded-workflow.ts';
import type { StepPath } from '../../domain/position.ts';
import type { StepResult } from '../../domain/result.ts';
import { DefinitionError } from '../../errors/index.ts';
import type { TemplateScope } from '../../ports/template-engine.ts';
import { limitsOfStep } from '../runs/limits-of-step.ts';
import type { ModelChoice, WorkflowRun } from '../runs/workflow-run.ts';
import { executePrompt } from '../turns/execute-prompt.ts';
import { clientsOfStep } from './clients-of-step.ts';
import { renderPrompt } from './render-prompt.ts';
import { withStep } from './step-context.ts';
import { toolsOfStep } from './tools-of-step.ts';

/** The prompt is rendered before anything is asked for: a missing value costs nothing. */
export async function runPromptStep(
  flow: WorkflowRun,
  step: LoadedPromptStep,
  { path, scope }: { readonly path: StepPath; readonly scope: TemplateScope },
): Promise<StepResult> {
  const { services } = flow.run;
  const messages = renderPrompt(services, step.prompt, scope);
  const clients = await clientsOfStep(flow.run, path, modelOf(flow, step));
  const tools = await toolsOfStep(flow.run, { path, patterns: step.tools, tools: flow.tools });
  const limits = limitsOfStep(flow, step);
  return withStep(flow.run, { path, limits }, (context) =>
    executePrompt(context, {
      messages,
      tools,
      ...clients,
      settings: step.settings,
      ...(step.response && { contract: step.response }),
    }),
  );
}

/** Which model a step uses: what the command line says, then the step, the workflow, the project. */
export function modelOf(flow: Pick<WorkflowRun, 'models' | 'workflow'>, step: LoadedPromptStep): string {
  const model = chosenModel(flow.models, step) ?? step.model ?? flow.workflow.model ?? flow.models.fallback;
  if (model !== undefined) return model;
  throw new DefinitionError({
    code: 'MODEL_UNKNOWN',
    message: `Step "${step.id}" has no model.`,
    location: step.location,
    hint: 'Add `model: provider:model` to the step, the workflow or aiworkflow.yaml, or run with --model.',
  });
}

function chosenModel(models: ModelChoice, step: LoadedPromptStep): string | undefined {
  return Object.hasOwn(models.steps, step.id) ? models.steps[step.id] : models.all;
}
