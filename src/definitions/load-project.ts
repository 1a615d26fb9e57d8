import { projectConfigSchema } from '../domain/project-config.ts';
import type { LoadedProject } from './load-context.ts';
import { projectFileExists, readProjectFile } from './project-file.ts';
import { readBudgets } from './read-budgets.ts';
import { readShape } from './read-shape.ts';
import { parseYaml } from './yaml-file.ts';

export const projectFileName = 'aiworkflow.yaml';

/** Reads `aiworkflow.yaml` in `dir`, if there is one: without it everything has its default. */
export async function loadProject({ dir }: { readonly dir: string }): Promise<LoadedProject> {
  if (!(await projectFileExists({ dir, path: projectFileName }))) return { dir, config: {} };
  const yaml = parseYaml(await readProjectFile({ dir, path: projectFileName }));
  // An empty file says as much as none.
  if (yaml.value === null) return { dir, config: {} };
  const { budget, ...config } = readShape({ schema: projectConfigSchema, yaml });
  return { dir, config: { ...config, ...readBudgets(yaml, ['budget'], budget) } };
}
