import type { LoadedWorkflow } from '../domain/loaded-workflow.ts';
import type { Runtime } from '../runtime.ts';

/**
 * A workflow of the runtime's project, by id or path, with its prompts, contracts and inner workflows: what
 * `runLoadedWorkflow` and `swapStep` take. Throws DefinitionError with file:line:column.
 */
export async function loadWorkflow(
  runtime: Runtime,
  ref: string,
  options: { readonly deferFieldCheck?: boolean } = {},
): Promise<LoadedWorkflow> {
  const definitions = await import('../definitions/load-workflow.ts');
  const { projectDir, config, services } = runtime;
  const { schemas, templates } = services;
  return definitions.loadWorkflow({
    project: { dir: projectDir, config },
    schemas,
    templates,
    ref,
    ...options,
  });
}
