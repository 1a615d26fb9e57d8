import type { Json, JsonSchema } from '../domain/json.ts';
import type { ParamDefinition } from '../domain/workflow-definition.ts';
import type { SchemaValidator } from '../ports/schema-validator.ts';
import { ProblemCollector } from './problems.ts';
import type { YamlFile } from './yaml-file.ts';

/** What a param's value must be, as JSON Schema. */
export function paramSchemaOf(param: ParamDefinition): JsonSchema {
  return { type: param.type, ...(param.enum && { enum: param.enum as Json[] }) };
}

/** A default that is not of the declared type would fail at the first run that uses it: it fails here. */
export function checkParams(
  schemas: SchemaValidator,
  { yaml, params }: { readonly yaml: YamlFile; readonly params: Readonly<Record<string, ParamDefinition>> },
): void {
  const problems = new ProblemCollector();
  for (const [name, param] of Object.entries(params)) {
    if (param.default === undefined) continue;
    const [issue] = schemas.compile(paramSchemaOf(param)).validate(param.default);
    if (!issue) continue;
    problems.add({
      code: 'PARAM_INVALID',
      message: `The default of param "${name}" ${issue.message}.`.replace(/\.\.$/, '.'),
      hint: 'Change the default, the type or the enum.',
      location: yaml.at(['params', name, 'default']),
    });
  }
  problems.throwIfAny();
}
