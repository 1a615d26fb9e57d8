import { isJsonObject, type Json, type JsonSchema } from '../../domain/json.ts';
import type { LoadedCallStep } from '../../domain/loaded-workflow.ts';
import { AiworkflowError, nearest } from '../../errors/index.ts';
import type { SchemaIssue, SchemaValidator } from '../../ports/schema-validator.ts';
import type { YamlFile, YamlPath } from '../yaml-file.ts';
import type { Finding } from './report.ts';

interface Place {
  readonly schemas: SchemaValidator;
  /** Of the step. */
  readonly path: YamlPath;
  readonly yaml?: YamlFile;
}

/**
 * Arguments of a `call:` step against its tool's input schema: missing, unknown, or of the wrong type. Values that hold
 * a template are known only when it runs.
 */
export function checkArguments(step: LoadedCallStep, schema: JsonSchema, place: Place): Finding[] {
  return [
    ...missing(step, schema, place),
    ...Object.entries(step.arguments).flatMap(([name, value]) => {
      const problem = problemWith(step, schema, { name, value, schemas: place.schemas });
      if (!problem) return [];
      const path = [...place.path, 'arguments', name];
      const location = place.yaml?.keyAt(path) ?? step.argumentsOrigin;
      return [{ code: 'PARAM_INVALID' as const, ...problem, location }];
    }),
  ];
}

function missing(step: LoadedCallStep, schema: JsonSchema, { path, yaml }: Place): Finding[] {
  const { required } = schema;
  const names = Array.isArray(required) ? required.map(String) : [];
  const absent = names.filter((name) => !Object.hasOwn(step.arguments, name));
  if (absent.length === 0) return [];
  const location = yaml?.at([...path, 'call']) ?? step.location;
  return [
    {
      code: 'PARAM_INVALID',
      message: `${step.call} needs the arguments ${absent.join(', ')}.`,
      hint: 'Add them under `arguments:` of this step.',
      location,
    },
  ];
}

interface Argument {
  readonly name: string;
  readonly value: Json | undefined;
  readonly schemas: SchemaValidator;
}

function problemWith(
  { call }: LoadedCallStep,
  schema: JsonSchema,
  { name, value, schemas }: Argument,
): { readonly message: string; readonly hint?: string } | undefined {
  const { properties, additionalProperties, patternProperties } = schema;
  const known = isJsonObject(properties) ? properties : {};
  if (!Object.hasOwn(known, name)) {
    if (additionalProperties !== false || patternProperties !== undefined) return undefined;
    const [near] = nearest(name, Object.keys(known));
    return {
      message: `${call} takes no argument "${name}".`,
      hint: `${near ? `Did you mean "${near}"? ` : ''}It takes: ${Object.keys(known).join(', ') || 'none'}.`,
    };
  }
  if (value === undefined || JSON.stringify(value).includes('{{')) return undefined;
  const issue = firstIssue(schemas, { schema, name, value });
  return issue && { message: `Argument "${name}"${issue.path && ` at ${issue.path}`} ${issue.message}.` };
}

/** Only this property of the tool's schema; its references lead to definitions of the whole. */
function firstIssue(
  schemas: SchemaValidator,
  { schema, name, value }: { readonly schema: JsonSchema; readonly name: string; readonly value: Json },
): SchemaIssue | undefined {
  const { $schema, $id, $defs, definitions, properties } = schema;
  const around = Object.entries({ $schema, $id, $defs, definitions }).filter(
    ([, part]) => part !== undefined,
  );
  const property = isJsonObject(properties) ? properties[name] : undefined;
  try {
    const [issue] = schemas
      .compile({
        ...Object.fromEntries(around),
        ...(property !== undefined && { properties: { [name]: property } }),
      })
      .validate({ [name]: value });
    return issue && { ...issue, path: issue.path.slice(name.length + 1) };
  } catch (error) {
    // A schema that cannot be compiled is the server's; using the tool tells.
    if (AiworkflowError.is(error)) return undefined;
    throw error;
  }
}
