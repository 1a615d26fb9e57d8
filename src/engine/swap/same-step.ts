import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Json } from '../../domain/json.ts';
import type { LoadedPromptStep, LoadedWorkflow } from '../../domain/loaded-workflow.ts';

/** All prompt steps of this id, in the workflow and in those inside it. */
export function promptSteps(workflow: LoadedWorkflow, id?: string): LoadedPromptStep[] {
  return workflow.steps.flatMap((step) => {
    if (step.kind === 'workflow') return promptSteps(step.workflow, id);
    return step.kind === 'prompt' && (id === undefined || step.id === id) ? [step] : [];
  });
}

/**
 * What of the step is not as it was, in the words of the workflow file. The model is left out, and where things stand in
 * their files: neither changes what is asked.
 */
export function stepChanges(was: LoadedPromptStep, now: LoadedPromptStep): string[] {
  const parts: readonly (readonly [name: string, of: (step: LoadedPromptStep) => unknown])[] = [
    ['prompt', ({ prompt }) => prompt.messages.map(({ role, template }) => [role, template.text])],
    ['input', ({ prompt }) => [prompt.defaults ?? null, prompt.input?.schema ?? null]],
    ['response', ({ response }) => response?.schema ?? null],
    ['tools', ({ tools }) => tools],
    ['settings', ({ settings }) => settings],
    ['forEach', ({ forEach }) => forEach?.text ?? null],
    ['until', ({ until }) => until?.text ?? null],
  ];
  const text = (value: unknown): string => canonicalJson(value as Json);
  return parts.filter(([, of]) => text(of(was)) !== text(of(now))).map(([name]) => name);
}
