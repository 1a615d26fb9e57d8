import { isJsonObject, type Json, type JsonSchema } from '../../domain/json.ts';

/**
 * True when OpenAI's strict mode takes the schema as it is: every object closed, every property required, no
 * keyword outside its list. Otherwise the schema goes with `strict: false`, unchanged: making optional properties
 * required, as helpers do, would ask for another answer than the contract does.
 */
export function fitsStrictMode(schema: JsonSchema): boolean {
  return schema['type'] === 'object' && schema['anyOf'] === undefined && fits(schema);
}

/** A schema whose root is no object can be sent in no mode; it goes in words. */
export function hasObjectRoot(schema: JsonSchema): boolean {
  return schema['type'] === 'object';
}

const plainKeywords = new Set([
  '$schema',
  '$ref',
  'type',
  'title',
  'description',
  'enum',
  'const',
  'required',
  'additionalProperties',
  'pattern',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minItems',
  'maxItems',
]);
const schemaMaps = new Set(['properties', '$defs', 'definitions']);
const formats = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
  'uuid',
]);

function fits(schema: Json | undefined): boolean {
  if (!isJsonObject(schema)) return false;
  return isClosed(schema) && Object.entries(schema).every(([keyword, value]) => fitsKeyword(keyword, value));
}

function fitsKeyword(keyword: string, value: Json | undefined): boolean {
  if (plainKeywords.has(keyword)) return true;
  if (schemaMaps.has(keyword)) return isJsonObject(value) && Object.values(value).every(fits);
  if (keyword === 'items') return fits(value);
  if (keyword === 'anyOf') return Array.isArray(value) && value.every(fits);
  return keyword === 'format' && typeof value === 'string' && formats.has(value);
}

function isClosed(schema: JsonSchema): boolean {
  const { properties, required, additionalProperties } = schema as {
    properties?: JsonSchema;
    required?: Json;
    additionalProperties?: Json;
  };
  if (schema['type'] !== 'object' && properties === undefined) return true;
  const names = Object.keys(properties ?? {});
  const asked = new Set(Array.isArray(required) ? required : []);
  return additionalProperties === false && names.every((name) => asked.has(name));
}
