import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { SourceLocation } from '../../domain/source-location.ts';
import type { YamlFile } from '../yaml-file.ts';
import type { Finding } from './report.ts';

/** Why a model cannot be opened, or undefined when it can. Asks no network. */
export type ModelCheck = (model: string) => { readonly message: string; readonly hint?: string } | undefined;

interface Models {
  readonly check?: ModelCheck;
  readonly yaml?: YamlFile;
  /** The outer workflow's model, for an inner one without its own. */
  readonly fallback?: string;
}

export function checkModels(
  workflow: LoadedWorkflow,
  { check, yaml, fallback }: Models,
): { readonly errors: Finding[]; readonly warnings: Finding[] } {
  const errors: Finding[] = [];
  const warnings: Finding[] = [];
  const ask = (model: string, location: SourceLocation | undefined) => {
    const problem = check?.(model);
    if (problem) errors.push({ code: 'MODEL_UNKNOWN', ...problem, ...(location && { location }) });
  };
  if (workflow.model !== undefined) ask(workflow.model, yaml?.at(['model']));
  for (const [index, step] of workflow.steps.entries()) {
    if (step.kind !== 'prompt') continue;
    if (step.model !== undefined) ask(step.model, yaml?.at(['steps', index, 'model']) ?? step.location);
    else if (workflow.model === undefined && fallback === undefined)
      warnings.push(noModel(step.id, step.location));
  }
  return { errors, warnings };
}

function noModel(step: string, location: SourceLocation): Finding {
  return {
    code: 'MODEL_UNKNOWN',
    message: `Step "${step}" has no model.`,
    hint: 'Add `model: provider:name` to the step, the workflow or aiworkflow.yaml, or run with --model.',
    location,
  };
}
