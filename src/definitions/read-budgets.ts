import { type Budget, type Budgets, budgetList } from '../domain/limits.ts';
import { DefinitionError } from '../errors/index.ts';
import { memberOf } from './schema-shape.ts';
import type { YamlFile, YamlPath } from './yaml-file.ts';

/** The budgets that a file has at `path`, each with where it is written; nothing when there are none. */
export function readBudgets(
  yaml: YamlFile,
  path: YamlPath,
  written: Budgets | undefined,
): { readonly budget?: readonly Budget[] } {
  if (written === undefined) return {};
  const isList = Array.isArray(written);
  const budget = budgetList(written).map((one, index) => ({
    ...one,
    location: yaml.at(isList ? [...path, index] : path),
  }));
  return { budget };
}

/** "Unknown key" would be true of a `call:` step, and no help: the same key stands in the step beside it. */
export function refuseBudgetOfCall(yaml: YamlFile, path: YamlPath, step: unknown): void {
  if (memberOf(step, 'budget') === undefined) return;
  throw new DefinitionError({
    code: 'DEFINITION_INVALID',
    message: 'A `call:` step asks no model and costs nothing: it has no budget.',
    hint: 'Remove `budget:`; limits.toolTimeoutMs and limits.wallTimeMs bound what a call may take.',
    location: yaml.keyAt([...path, 'budget']),
  });
}
