import type { JsonObject } from '../../domain/json.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { SourceLocation } from '../../domain/source-location.ts';
import { DefinitionError, nearest } from '../../errors/index.ts';
import type { SchemaValidator } from '../../ports/schema-validator.ts';

/** A workflow's parameters with their defaults; refuses unknown, missing and mistyped ones. */
export function fillParams(
  schemas: SchemaValidator,
  workflow: LoadedWorkflow,
  { given, location }: { readonly given: JsonObject; readonly location?: SourceLocation },
): JsonObject {
  const declared = Object.entries(workflow.params);
  const names = declared.map(([name]) => name);
  const problems = Object.keys(given)
    .filter((name) => !names.includes(name))
    .map((name) => `"${name}" is unknown${didYouMean(name, names)}`);
  const filled = declared.map(
    ([name, param]) => [name, Object.hasOwn(given, name) ? given[name] : param.default] as const,
  );
  for (const [name, param] of declared) {
    const value = filled.find(([filledName]) => filledName === name)?.[1];
    if (value === undefined) problems.push(`"${name}" is missing`);
    else {
      const schema = { type: param.type, ...(param.enum && { enum: param.enum }) };
      const [issue] = schemas.compile(schema).validate(value);
      if (issue) problems.push(`"${name}" ${issue.message}`);
    }
  }
  if (problems.length === 0) return Object.fromEntries(filled);
  throw new DefinitionError({
    code: 'PARAM_INVALID',
    message: `Parameters of workflow "${workflow.id}": ${problems.join('; ')}.`,
    hint: `It takes: ${names.join(', ') || 'none'}.`,
    ...(location && { location }),
  });
}

function didYouMean(name: string, names: readonly string[]): string {
  const guess = nearest(name, names)[0];
  return guess ? `, did you mean "${guess}"?` : '';
}
