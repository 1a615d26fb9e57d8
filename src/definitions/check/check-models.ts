import { isJsonObject } from '../../domain/json.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { SourceLocation } from '../../domain/source-location.ts';
import type { ErrorCode } from '../../errors/index.ts';
import type { YamlFile } from '../yaml-file.ts';
import type { Finding } from './report.ts';

/** Why a model cannot be opened, or undefined when it can. Asks no network. */
export type ModelCheck = (model: string) =>
  | {
      /** Default: MODEL_UNKNOWN. */
      readonly code?: ErrorCode;
      readonly message: string;
      readonly hint?: string;
    }
  | undefined;

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
    if (!problem) return;
    const { code = 'MODEL_UNKNOWN' } = problem;
    // Another code is about what stands behind the name (a secret, a file): its words say where, as a run's do.
    const isHere = location && code === 'MODEL_UNKNOWN';
    errors.push({ ...problem, code, ...(isHere && { location }) });
  };
  if (workflow.model !== undefined) ask(workflow.model, yaml && ownModel(yaml));
  for (const [index, step] of workflow.steps.entries()) {
    if (step.kind !== 'prompt') continue;
    if (step.model !== undefined) ask(step.model, yaml?.at(['steps', index, 'model']) ?? step.location);
    else if (workflow.model === undefined && fallback === undefined)
      warnings.push(noModel(step.id, step.location));
  }
  return { errors, warnings };
}

// A model of the project is named by no line of the workflow's file.
function ownModel(yaml: YamlFile): SourceLocation | undefined {
  return isJsonObject(yaml.value) && yaml.value['model'] !== undefined ? yaml.at(['model']) : undefined;
}

function noModel(step: string, location: SourceLocation): Finding {
  return {
    code: 'MODEL_UNKNOWN',
    message: `Step "${step}" has no model.`,
    hint: 'Add `model: provider:name` to the step, the workflow or aiworkflow.yaml, or run with --model.',
    location,
  };
}
