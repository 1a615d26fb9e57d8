import { isJsonObject, type Json, type JsonSchema } from '../../domain/json.ts';

/** The name in a path that the schema rules out, and what could stand there. */
export interface Refuted {
  readonly index: number;
  readonly known: readonly string[];
  /** What the value is there, when it can have no members at all: `string`. */
  readonly kind?: string;
}

type SchemaLike = Json | undefined;
interface Walk {
  readonly root: JsonSchema;
  readonly path: readonly string[];
}

const maxReferences = 32;

/**
 * Whether a value that satisfies the schema can have this path. A declared `properties` is taken as the whole list
 * unless `additionalProperties` is true or a schema: a contract that names its fields is a promise about them. What a
 * schema says nothing about is not refuted. `*` is any member.
 */
export function refutePath(schema: JsonSchema, path: readonly string[]): Refuted | undefined {
  return refute(schema, 0, { root: schema, path });
}

/** Put on a contract that stands inside a larger schema: its `#/…` references begin at itself. */
export const documentMark = '$document';

/** The schema of the value at a path, when there is exactly one; `{}` when nothing is known. */
export function schemaAtPath(schema: JsonSchema, path: readonly string[]): JsonSchema {
  let { current, root } = resolve(schema, schema);
  for (const name of path) {
    const next: SchemaLike | Refusal = current && member(current, name);
    if (next === undefined || isRefuted(next)) return {};
    ({ current, root } = resolve(next, root));
  }
  if (!current) return {};
  // Its own references lead to definitions of the schema that it is taken from.
  const { $defs, definitions } = root;
  return { ...current, ...($defs && { $defs }), ...(definitions && { definitions }), [documentMark]: true };
}

function refute(schema: SchemaLike, index: number, walk: Walk): Refuted | undefined {
  const name = walk.path[index];
  const { current, root } = resolve(schema, walk.root);
  if (name === undefined || !current) return undefined;
  const inner = { ...walk, root };
  const branches = branchesOf(current);
  if (branches.length > 0) return refuteAll([...branches, ...ownPart(current)], index, inner);
  const next = member(current, name);
  if (isRefuted(next)) return { ...next, index };
  return refute(next, index + 1, inner);
}

// One alternative that allows the path is enough; otherwise the one that got furthest has the best explanation.
function refuteAll(branches: readonly SchemaLike[], index: number, walk: Walk): Refuted | undefined {
  let best: Refuted | undefined;
  for (const branch of branches) {
    const refuted = refute(branch, index, walk);
    if (!refuted) return undefined;
    if (!best || refuted.index > best.index || refuted.known.length > best.known.length) best = refuted;
  }
  return best;
}

function branchesOf(schema: JsonSchema): SchemaLike[] {
  return ['anyOf', 'oneOf', 'allOf'].flatMap((key) => {
    const branches = schema[key];
    return Array.isArray(branches) ? branches : [];
  });
}

function ownPart(schema: JsonSchema): JsonSchema[] {
  const { anyOf: _a, oneOf: _b, allOf: _c, ...own } = schema;
  return isJsonObject(own['properties']) || own['items'] !== undefined ? [own] : [];
}

type Refusal = Omit<Refuted, 'index'>;

function isRefuted(value: SchemaLike | Refusal): value is Refusal {
  return isJsonObject(value) && refusals.has(value);
}

// A refusal and a schema are both plain objects: membership tells them apart.
const refusals = new WeakSet<object>();

function refusal(fields: Refusal): Refusal {
  refusals.add(fields);
  return fields;
}

function member(schema: JsonSchema, name: string): SchemaLike | Refusal {
  const types = typesOf(schema);
  const mayBeObject = types.length === 0 || types.includes('object');
  const mayBeArray = types.length === 0 || types.includes('array');
  if (mayBeObject && (isJsonObject(schema['properties']) || types.includes('object')))
    return property(schema, name);
  if (mayBeArray && (schema['items'] !== undefined || types.includes('array'))) return item(schema, name);
  if (mayBeObject || mayBeArray) return property(schema, name);
  return refusal({ known: [], kind: types.filter((type) => type !== 'null').join(' or ') || 'null' });
}

function property(schema: JsonSchema, name: string): SchemaLike | Refusal {
  const { properties, additionalProperties: more, patternProperties } = schema;
  if (isJsonObject(properties) && Object.hasOwn(properties, name)) return properties[name];
  if (isJsonObject(more)) return more;
  if (!isJsonObject(properties) || name === '*' || more === true || patternProperties !== undefined)
    return undefined;
  return refusal({ known: Object.keys(properties) });
}

function item(schema: JsonSchema, name: string): SchemaLike | Refusal {
  if (name === 'length') return { type: 'integer' };
  if (name !== '*' && !/^\d+$/.test(name)) return refusal({ known: ['length'], kind: 'array' });
  const first = schema['prefixItems'];
  if (Array.isArray(first) && name !== '*') return first[Number(name)] ?? schema['items'];
  return schema['items'];
}

function typesOf(schema: JsonSchema): string[] {
  const { type } = schema;
  return Array.isArray(type) ? type.map(String) : typeof type === 'string' ? [type] : [];
}

interface Resolved {
  readonly current: JsonSchema | undefined;
  readonly root: JsonSchema;
}

function resolve(schema: SchemaLike, outer: JsonSchema): Resolved {
  let current = schema;
  let root = outer;
  for (let count = 0; count < maxReferences; count++) {
    if (!isJsonObject(current)) break;
    if (current[documentMark] === true) root = current;
    const reference = current['$ref'];
    if (typeof reference !== 'string') return { current, root };
    if (!reference.startsWith('#')) break;
    current = pointed(root, reference.slice(1));
  }
  return { current: undefined, root };
}

function pointed(root: JsonSchema, pointer: string): SchemaLike {
  const names = pointer.split('/').slice(1);
  return names.reduce<SchemaLike>((holder, name) => {
    const key = name.replaceAll('~1', '/').replaceAll('~0', '~');
    return isJsonObject(holder) && Object.hasOwn(holder, key) ? holder[key] : undefined;
  }, root);
}
