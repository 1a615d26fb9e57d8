import type { LoadedStep, LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import { type StepPath, stepIdsOf } from '../../domain/position.ts';
import { DefinitionError } from '../../errors/index.ts';
import type { Runtime } from '../../runtime.ts';

/** The workflow with another prompt file for one of its steps: its words, and what its front matter says. */
export async function withPrompt(
  runtime: Runtime,
  workflow: LoadedWorkflow,
  { step, file }: { readonly step: StepPath; readonly file: string | undefined },
): Promise<LoadedWorkflow> {
  if (file === undefined) return workflow;
  const { loadPromptFile } = await import('../../definitions/index.ts');
  const { projectDir, config, services } = runtime;
  const context = {
    project: { dir: projectDir, config },
    schemas: services.schemas,
    templates: services.templates,
  };
  const { prompt, model, settings, response } = await loadPromptFile(context, { path: file });
  const ids = stepIdsOf(step);
  return replaceStep(workflow, ids, (old) => {
    if (old.kind !== 'prompt') throw noPrompt(old);
    return {
      ...old,
      prompt,
      ...(model !== undefined && old.model === undefined && { model }),
      settings: { ...old.settings, ...settings },
      ...(response && { response }),
    };
  });
}

function replaceStep(
  workflow: LoadedWorkflow,
  [id, ...inner]: readonly string[],
  change: (step: LoadedStep) => LoadedStep,
): LoadedWorkflow {
  const steps = workflow.steps.map((step) => {
    if (step.id !== id) return step;
    if (inner.length === 0) return change(step);
    return step.kind === 'workflow' ? { ...step, workflow: replaceStep(step.workflow, inner, change) } : step;
  });
  return { ...workflow, steps };
}

function noPrompt({ id, kind }: LoadedStep): DefinitionError {
  return new DefinitionError({
    code: 'STEP_UNKNOWN',
    message: `Step "${id}" is a ${kind} step: it has no prompt to replace.`,
    hint: 'name a prompt step, or a call inside one, with --from.',
  });
}
