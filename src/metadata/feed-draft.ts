import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { customValue } from './custom-property.ts';
import { feedIdSchema, feedOf, feedProperty, feedSchema } from './feed.ts';
import type { Contract } from './odcs.ts';

const columnDraft = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9_]*$/, 'lower-case letters, digits and _'),
  type: z.string().describe('a type that lake.create_table knows'),
  nullable: z.boolean(),
  source: z.string().nullable().describe('column or path in the file; null for none'),
  description: z.string(),
});

/**
 * The contract of a feed in few words: what a model writes that has looked into a file, and what it is shown when a
 * file does not fit any more. `contractOfDraft` makes the document of it.
 */
export const feedDraftSchema = z.strictObject({
  id: feedIdSchema,
  description: z.string().describe('one sentence on what a record is'),
  role: z.enum(['product', 'reference']).describe('reference: a list that products refer to by a key'),
  pattern: feedSchema.shape.pattern,
  vendor_name: feedSchema.shape.vendor_name,
  vendor_id: z.string().regex(/^[a-z][a-z0-9_]*$/, 'lower-case letters, digits and _'),
  table: feedSchema.shape.table.unwrap(),
  options: feedSchema.shape.options.unwrap(),
  columns: z.array(columnDraft).min(1),
  ignored: z.array(z.string()).describe('columns or paths of the file that are left out on purpose'),
  natural_key: z.array(z.string()).describe('what identifies a record; records may repeat it'),
  partitioned_by: z.array(z.string()).describe('columns, or transforms of them'),
  notes: z.array(z.string()).describe('what someone who maps this table must know'),
});
export type FeedDraft = z.infer<typeof feedDraftSchema>;

/** The draft as an ODCS document. Everything that the standard has no field for is in its custom properties. */
export function contractOfDraft(draft: FeedDraft, version: string): JsonObject {
  const { id, description, role, pattern, vendor_name, vendor_id, table, options, natural_key, notes } =
    draft;
  const { ignored } = draft;
  const kept = ignored.length > 0 ? { ignored } : {};
  const feed = { pattern, vendor_name, table, options, ...kept, partitioned_by: draft.partitioned_by };
  return {
    apiVersion: 'v3.1.0',
    kind: 'DataContract',
    id,
    name: `${vendor_name}: ${id}`,
    version,
    status: 'draft',
    domain: 'product',
    description: { purpose: description },
    schema: [
      {
        name: table.slice(table.indexOf('.') + 1),
        physicalName: table,
        logicalType: 'object',
        physicalType: 'table',
        description,
        properties: draft.columns.map(({ name, type, nullable, source, description: meaning }) => ({
          name,
          logicalType: logicalTypeOf(type),
          physicalType: type,
          ...(!nullable && { required: true }),
          description: meaning,
          customProperties: [{ property: 'source', value: source }],
        })),
      },
    ],
    customProperties: [
      { property: feedProperty, value: feed },
      { property: 'role', value: role },
      { property: 'vendorId', value: vendor_id },
      { property: 'naturalKey', value: natural_key },
      { property: 'notes', value: notes },
    ],
  } as JsonObject;
}

/**
 * The document of a feed's contract with what the draft says; what a draft has no words for (quality rules, owners,
 * limits) stays as it was written. The version stays too.
 */
export function contractWithDraft(document: JsonObject, draft: FeedDraft): JsonObject {
  const fresh = contractOfDraft(draft, String(document['version']));
  const [was = {}] = listOf(document['schema']);
  const [now = {}] = listOf(fresh['schema']);
  return {
    ...document,
    customProperties: mergedBy(
      'property',
      listOf(document['customProperties']),
      listOf(fresh['customProperties']),
    ),
    schema: [{ ...was, description: now['description'] ?? '', properties: mergedColumns(was, now) }],
  };
}

/** In the order of the draft: a column that it leaves out is gone. */
function mergedColumns(was: JsonObject, now: JsonObject): JsonObject[] {
  const former = new Map(listOf(was['properties']).map((column) => [column['name'], column]));
  return listOf(now['properties']).map((column) => {
    const { required: _, ...kept } = former.get(column['name']) ?? {};
    const custom = mergedBy('property', listOf(kept['customProperties']), listOf(column['customProperties']));
    return { ...kept, ...column, customProperties: custom };
  });
}

function mergedBy(key: string, was: readonly JsonObject[], now: readonly JsonObject[]): JsonObject[] {
  const fresh = new Map(now.map((one) => [one[key], one]));
  const known = new Set(was.map((one) => one[key]));
  return [...was.map((one) => fresh.get(one[key]) ?? one), ...now.filter((one) => !known.has(one[key]))];
}

const listOf = (value: Json | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter((one): one is JsonObject => isJsonObject(one)) : [];

/** What the draft of a feed's contract was; undefined for a contract that says less, or nothing, of a feed. */
export function draftOfContract(contract: Contract): FeedDraft | undefined {
  const feed = feedOf(contract);
  const [table] = contract.schema;
  if (!feed || !table) return undefined;
  const text = (name: string): string => String(customValue(contract, name) ?? '');
  const draft = feedDraftSchema.safeParse({
    id: contract.id,
    description: table.description,
    role: text('role') === 'reference' ? 'reference' : 'product',
    pattern: feed.pattern,
    vendor_name: feed.vendor_name,
    vendor_id: text('vendorId'),
    table: table.physicalName,
    options: feed.options ?? {},
    columns: table.properties.map((property) => ({
      name: property.name,
      type: property.physicalType,
      nullable: !property.required,
      source: sourceOf(customValue(property, 'source'), property.name),
      description: property.description,
    })),
    ignored: feed.ignored ?? [],
    natural_key: textsOf(customValue(contract, 'naturalKey')),
    partitioned_by: feed.partitioned_by ?? [],
    notes: textsOf(customValue(contract, 'notes')),
  });
  return draft.data;
}

function sourceOf(value: unknown, name: string): string | null {
  return value === undefined ? name : typeof value === 'string' ? value : null;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

const logicalTypes: readonly (readonly [RegExp, string])[] = [
  [/\[\]$/, 'array'],
  [/^(SMALLINT|INTEGER|BIGINT)$/, 'integer'],
  [/^(DOUBLE|DECIMAL)/, 'number'],
  [/^BOOLEAN$/, 'boolean'],
  [/^DATE$/, 'date'],
  [/^TIMESTAMP$/, 'timestamp'],
  [/^TIME$/, 'time'],
  [/^JSON$/, 'object'],
];

function logicalTypeOf(type: string): string {
  return logicalTypes.find(([pattern]) => pattern.test(type.toUpperCase()))?.[1] ?? 'string';
}
