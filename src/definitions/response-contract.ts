import { isJsonObject, type Json, type JsonSchema } from '../domain/json.ts';
import type { ResponseContract } from '../domain/loaded-workflow.ts';
import { formatLocation, type SourceLocation } from '../domain/source-location.ts';
import { AiworkflowError, DefinitionError } from '../errors/index.ts';
import type { LoadContext } from './load-context.ts';
import { PicoschemaError, toJsonSchema } from './picoschema.ts';
import { bareMessage } from './problems.ts';
import { readProjectFile } from './project-file.ts';
import { memberOf } from './schema-shape.ts';
import { parseYaml, type YamlFile, type YamlPath } from './yaml-file.ts';

interface ContractRequest {
  readonly yaml: YamlFile;
  /** Where in the file the schema, or the path of its file, stands. */
  readonly path: YamlPath;
  readonly name: string;
}

/** A contract from a schema that is written inline, or in a .json or .yaml file that is named. */
export async function readContract(
  context: LoadContext,
  request: ContractRequest,
): Promise<ResponseContract> {
  const { yaml, path, name } = request;
  const value = path.reduce<unknown>(memberOf, yaml.value) as Json;
  if (typeof value === 'string' && /\.(json|ya?ml)$/.test(value)) {
    const file = await readProjectFile({ dir: context.project.dir, path: value, from: yaml.at(path) });
    // JSON is YAML, so one parser reads both and knows the places in both.
    return wholeFileContract(context, { yaml: parseYaml(file), name, source: file.path });
  }
  return contract(context, { yaml, path, name, source: formatLocation(yaml.at(path)) });
}

/** A contract that is all of a file. */
export function wholeFileContract(
  context: Pick<LoadContext, 'schemas'>,
  file: { readonly yaml: YamlFile; readonly name: string; readonly source: string },
): ResponseContract {
  return contract(context, { ...file, path: [] });
}

function contract(
  context: Pick<LoadContext, 'schemas'>,
  request: ContractRequest & { readonly source: string },
): ResponseContract {
  const schema = jsonSchemaOf(request);
  compile(context, schema, request.yaml.at(request.path));
  return { name: contractName(request.name), schema, source: request.source };
}

function jsonSchemaOf({ yaml, path }: ContractRequest): JsonSchema {
  const value = path.reduce<unknown>(memberOf, yaml.value) as Json;
  try {
    if (typeof value !== 'string' && !isJsonObject(value))
      throw new PicoschemaError('A contract is a JSON Schema, a Picoschema, or the path of a file.', {
        path: [],
        hint: 'Write `response: { name: string }` or `response: contracts/answer.json`.',
      });
    return toJsonSchema(value);
  } catch (cause) {
    if (!(cause instanceof PicoschemaError)) throw cause;
    const place = [...path, ...cause.path];
    throw new DefinitionError({
      code: 'SCHEMA_INVALID',
      message: cause.message,
      hint: cause.hint,
      location: cause.path.length > 0 ? yaml.keyAt(place) : yaml.at(place),
      cause,
    });
  }
}

function compile(context: Pick<LoadContext, 'schemas'>, schema: JsonSchema, location: SourceLocation): void {
  try {
    context.schemas.compile(schema);
  } catch (cause) {
    if (!AiworkflowError.is(cause) || cause.location) throw cause;
    throw new DefinitionError({
      code: cause.code,
      message: bareMessage(cause),
      ...(cause.hint !== undefined && { hint: cause.hint }),
      ...(cause.details !== undefined && { details: cause.details }),
      location,
      cause,
    });
  }
}

// Providers take letters, digits, _ and -, at most 64 of them.
function contractName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 64) || 'answer';
}
