import { isJsonObject, type Json, type JsonObject, type JsonSchema } from '../../domain/json.ts';

/**
 * The schema as `output_config.format` takes it, or undefined when it cannot be said there.
 *
 * The API wants every object closed and knows few constraints. Constraints move into the description, where
 * the model reads them; the contract itself is validated locally. An object that says nothing about further properties is
 * sent closed: what satisfies that satisfies the contract. One that wants further properties (a map) has no
 * closed form, so the whole schema goes in words; so does one that refers to itself.
 */
export function toMessagesSchema(schema: JsonSchema): JsonSchema | undefined {
  return isRecursive(schema) ? undefined : convert(schema);
}

const kept = new Set(['type', 'enum', 'const', 'title', '$ref', 'required']);
const schemaLists = new Set(['anyOf', 'oneOf']);
const schemaMaps = new Set(['properties', '$defs', 'definitions']);
/**
 * They decide which values are allowed in a way that no description replaces. `allOf` is among them because closed
 * objects exclude each other's properties.
 */
const inexpressible = new Set([
  'allOf',
  'patternProperties',
  'propertyNames',
  'unevaluatedProperties',
  'dependentSchemas',
  'dependentRequired',
  'if',
  'then',
  'else',
  'not',
  'prefixItems',
  'contains',
  '$dynamicRef',
]);
const formats = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);

/** `undefined` anywhere inside makes the whole undefined. */
function convert(schema: Json | undefined): JsonSchema | undefined {
  if (!isJsonObject(schema) || !isClosable(schema)) return undefined;
  const converted: Record<string, Json | undefined> = {};
  const constraints: string[] = [];
  for (const [keyword, value] of keywordsOf(schema)) {
    const change = inexpressible.has(keyword) ? undefined : convertKeyword(keyword, value);
    if (change === undefined) return undefined;
    if (change === 'constraint') constraints.push(`${keyword}: ${JSON.stringify(value)}`);
    else Object.assign(converted, change);
  }
  if (isObjectSchema(schema)) converted['additionalProperties'] = false;
  return { ...converted, ...descriptionOf(schema, constraints) };
}

function keywordsOf(schema: JsonSchema): (readonly [string, Json])[] {
  return Object.entries(schema).flatMap(([keyword, value]) =>
    value === undefined || keyword === '$schema' || keyword === 'description'
      ? []
      : [[keyword, value] as const],
  );
}

function convertKeyword(keyword: string, value: Json): JsonObject | 'constraint' | undefined {
  if (kept.has(keyword)) return { [keyword]: value };
  if (keyword === 'additionalProperties') return {};
  if (schemaMaps.has(keyword)) return convertMap(keyword, value);
  if (schemaLists.has(keyword)) return convertList(value);
  if (keyword === 'items') return optional(convert(value), (items) => ({ items }));
  if (keyword === 'format' && formats.has(String(value))) return { format: value };
  if (keyword === 'minItems' && (value === 0 || value === 1)) return { minItems: value };
  return 'constraint';
}

function convertMap(keyword: string, value: Json): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const entries = Object.entries(value).map(([name, schema]) => [name, convert(schema)] as const);
  if (entries.some(([, schema]) => schema === undefined)) return undefined;
  return { [keyword]: Object.fromEntries(entries) };
}

/** `oneOf` is sent as `anyOf`: the API knows no other, and the contract still decides. */
function convertList(value: Json): JsonObject | undefined {
  if (!Array.isArray(value)) return undefined;
  const variants = value.map(convert);
  const complete = variants.filter((variant) => variant !== undefined);
  if (complete.length < variants.length) return undefined;
  return { anyOf: complete };
}

function isObjectSchema(schema: JsonSchema): boolean {
  const { type } = schema;
  return type === 'object' || (Array.isArray(type) && type.includes('object')) || 'properties' in schema;
}

function isClosable(schema: JsonSchema): boolean {
  const { additionalProperties, properties } = schema;
  if (!isObjectSchema(schema)) return true;
  return properties !== undefined && (additionalProperties === undefined || additionalProperties === false);
}

function descriptionOf(schema: JsonSchema, constraints: readonly string[]): JsonObject {
  const given = typeof schema['description'] === 'string' ? [schema['description']] : [];
  const lines = constraints.length > 0 ? [...given, `{${constraints.join(', ')}}`] : given;
  return lines.length > 0 ? { description: lines.join('\n\n') } : {};
}

function optional<Value, Result>(
  value: Value | undefined,
  then: (value: Value) => Result,
): Result | undefined {
  return value === undefined ? undefined : then(value);
}

/** Follows every `$ref`; a definition that leads back to itself, or a reference to anything else, cannot be sent. */
function isRecursive(root: JsonSchema): boolean {
  const definitions = { ...definitionsIn(root, '$defs'), ...definitionsIn(root, 'definitions') };
  const leadsBack = (value: Json | undefined, passed: ReadonlySet<string>): boolean => {
    if (Array.isArray(value)) return value.some((one) => leadsBack(one, passed));
    if (!isJsonObject(value)) return false;
    const { $ref: target, ...rest } = value;
    if (typeof target !== 'string') return Object.values(value).some((one) => leadsBack(one, passed));
    if (passed.has(target) || !Object.hasOwn(definitions, target)) return true;
    return leadsBack(definitions[target], new Set([...passed, target])) || leadsBack(rest, passed);
  };
  const { $defs: _defs, definitions: _definitions, ...body } = root;
  return leadsBack(body, new Set());
}

function definitionsIn(root: JsonSchema, keyword: string): Record<string, Json | undefined> {
  const given = root[keyword];
  if (!isJsonObject(given)) return {};
  return Object.fromEntries(Object.entries(given).map(([name, schema]) => [`#/${keyword}/${name}`, schema]));
}
