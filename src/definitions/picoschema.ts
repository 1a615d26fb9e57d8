import { isJsonObject, type Json, type JsonObject, type JsonSchema } from '../domain/json.ts';
import { nearest } from '../errors/index.ts';

/** What is wrong in a schema, and where in it; the caller knows the file. */
export class PicoschemaError extends Error {
  readonly path: readonly string[];
  readonly hint: string;
  constructor(message: string, place: { readonly path: readonly string[]; readonly hint: string }) {
    super(message);
    this.path = place.path;
    this.hint = place.hint;
  }
}

const scalarTypes = ['any', 'boolean', 'integer', 'null', 'number', 'string'];
const jsonSchemaTypes = [...scalarTypes, 'object', 'array'];
// A schema that has one of these is JSON Schema already.
const jsonSchemaMarks = ['$schema', '$ref', '$defs', 'anyOf', 'oneOf', 'allOf', 'const'];
const keyPattern = /^([^()?]+)(\?)?(?:\((\w+)(?:, *(.*))?\))?$/;

/** Dotprompt's short form of JSON Schema, or JSON Schema itself, which is returned as it is. */
export function toJsonSchema(schema: Json): JsonSchema {
  if (typeof schema === 'string') return scalar(schema, []);
  if (!isJsonObject(schema)) throw wrong('A schema is a map or the name of a type.', []);
  if (isJsonSchema(schema)) return schema;
  if (isJsonObject(schema['properties'])) return { ...schema, type: 'object' };
  return object(schema, []);
}

function isJsonSchema(schema: JsonObject): boolean {
  if (jsonSchemaMarks.some((mark) => Object.hasOwn(schema, mark))) return true;
  const { type } = schema;
  if (Array.isArray(type)) return type.every((name) => jsonSchemaTypes.includes(String(name)));
  if (typeof type !== 'string' || !jsonSchemaTypes.includes(type)) return false;
  refuseFieldCalledType(schema);
  return true;
}

// `{ type: string, name: string }` is a Picoschema to its author and the JSON Schema of a string to everybody else:
// without this check the answer's contract would be one that nobody wrote.
function refuseFieldCalledType(schema: JsonObject): void {
  const names = Object.keys(schema);
  const isShorthand = (name: string) =>
    typeof schema[name] === 'string' && scalarTypes.includes(String(schema[name]).split(',')[0] ?? '');
  const stranger = names.find(
    (name) => name !== 'type' && !jsonSchemaTexts.includes(name) && isShorthand(name),
  );
  if (stranger === undefined) return;
  throw new PicoschemaError(`"${stranger}" is no keyword of JSON Schema, and "type" makes this one.`, {
    path: [stranger],
    hint: 'A Picoschema cannot have a field called type at its top: write JSON Schema with properties.',
  });
}

const jsonSchemaTexts = ['title', 'description', 'format', 'pattern', '$id', '$comment', 'default'];

function convert(value: Json | undefined, path: readonly string[]): JsonSchema {
  if (typeof value === 'string') return scalar(value, path);
  if (isJsonObject(value)) return object(value, path);
  throw wrong('A field is the name of a type, or a map of fields.', path);
}

function scalar(text: string, path: readonly string[]): JsonSchema {
  const [, type = '', description] = /^(.*?)(?:, *(.*))?$/s.exec(text) ?? [];
  if (!scalarTypes.includes(type)) {
    const near = nearest(type, scalarTypes)[0];
    throw new PicoschemaError(`There is no type "${type}".`, {
      path,
      hint: near
        ? `Did you mean "${near}"?`
        : `Types: ${scalarTypes.join(', ')}. Lists and objects stand in the key: name(array).`,
    });
  }
  return { ...(type !== 'any' && { type }), ...(description !== undefined && { description }) };
}

function object(fields: JsonObject, path: readonly string[]): JsonSchema {
  const properties: [string, JsonSchema][] = [];
  const required: string[] = [];
  let additionalProperties: JsonSchema | false = false;
  for (const [key, value] of Object.entries(fields)) {
    const here = [...path, key];
    if (key === '(*)') {
      additionalProperties = convert(value, here);
      continue;
    }
    const { name, optional, kind, description } = parseKey(key, here);
    if (!optional) required.push(name);
    const schema = field({ value, kind, optional, path: here });
    properties.push([name, description === undefined ? schema : { ...schema, description }]);
  }
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length > 0 && { required }),
    additionalProperties,
  };
}

interface FieldKey {
  readonly name: string;
  readonly optional: boolean;
  readonly kind?: string | undefined;
  readonly description?: string | undefined;
}

function parseKey(key: string, path: readonly string[]): FieldKey {
  const [, name, mark, kind, description] = keyPattern.exec(key) ?? [];
  if (name === undefined) throw wrong(`"${key}" is no field's name.`, path);
  return { name, optional: mark === '?', kind, description };
}

interface Field {
  readonly value: Json | undefined;
  readonly kind: string | undefined;
  readonly optional: boolean;
  readonly path: readonly string[];
}

/** An optional field may also be null: models rather write null than leave a field out. */
function field({ value, kind, optional, path }: Field): JsonSchema {
  if (kind === undefined) return nullable(convert(value, path), optional);
  if (kind === 'array') return nullable({ type: 'array', items: convert(value, path) }, optional);
  if (kind === 'object') return nullable(convert(value, path), optional);
  if (kind !== 'enum') {
    throw new PicoschemaError(`There is no kind of field "${kind}".`, {
      path,
      hint: 'Kinds: name(array), name(object), name(enum).',
    });
  }
  if (!Array.isArray(value)) throw wrong('An enum is a list of its values.', path);
  return { enum: optional && !value.includes(null) ? [...value, null] : value };
}

function nullable(schema: JsonSchema, optional: boolean): JsonSchema {
  return optional && typeof schema['type'] === 'string'
    ? { ...schema, type: [schema['type'], 'null'] }
    : schema;
}

function wrong(message: string, path: readonly string[]): PicoschemaError {
  return new PicoschemaError(message, {
    path,
    hint: 'Picoschema: `name: string`, `name?: integer, what it is`, `names(array): string`.',
  });
}
