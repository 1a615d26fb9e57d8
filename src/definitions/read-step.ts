import {
  callStepSchema,
  promptStepSchema,
  type StepDefinition,
  workflowStepSchema,
} from '../domain/workflow-definition.ts';
import { DefinitionError, nearest } from '../errors/index.ts';
import { refuseBudgetOfCall } from './read-budgets.ts';
import { readShape } from './read-shape.ts';
import { memberOf } from './schema-shape.ts';
import type { YamlFile, YamlPath } from './yaml-file.ts';

const kinds = { prompt: promptStepSchema, call: callStepSchema, workflow: workflowStepSchema } as const;
const kindNames = Object.keys(kinds) as (keyof typeof kinds)[];

/** The kind of the step is decided first, so that problems are told about that kind and not about all three. */
export function readStep(yaml: YamlFile, path: YamlPath): StepDefinition {
  const value = path.reduce<unknown>(memberOf, yaml.value);
  const present = kindNames.filter((kind) => memberOf(value, kind) !== undefined);
  const [kind, second] = present;
  if (kind === undefined) throw noKind(yaml, path, value);
  if (second !== undefined) {
    throw new DefinitionError({
      code: 'DEFINITION_INVALID',
      message: `A step has one of prompt, call and workflow; this one has ${present.join(' and ')}.`,
      hint: 'Make two steps of it.',
      location: yaml.keyAt([...path, second]),
    });
  }
  if (kind === 'call') refuseBudgetOfCall(yaml, path, value);
  return readShape<StepDefinition>({ schema: kinds[kind], yaml, path });
}

function noKind(yaml: YamlFile, path: YamlPath, value: unknown): DefinitionError {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  const keys = isMap ? Object.keys(value) : [];
  const known = Object.keys(promptStepSchema.shape);
  const typo = keys.find((key) => !known.includes(key) && nearest(key, kindNames).length > 0);
  const [near] = typo === undefined ? [] : nearest(typo, kindNames);
  return new DefinitionError({
    code: 'DEFINITION_INVALID',
    message:
      typo === undefined ? 'The step has none of prompt, call and workflow.' : `Unknown key "${typo}".`,
    hint: near
      ? `Did you mean "${near}"? A step has one of prompt, call and workflow.`
      : 'Add `prompt:` for a model, `call:` for one tool, or `workflow:` for another file.',
    location: typo === undefined ? yaml.at(path) : yaml.keyAt([...path, typo]),
  });
}
