import { z } from 'zod';
import { parseMetadataJson } from '../metadata/metadata-json.ts';
import type { IcebergType, Schema } from '../schema/types.ts';
import { RestRefusal } from './rest-refusal.ts';

/*
 * Requests that change something, in the protocol's own words. What is not known here is refused as a whole: a change of which a
 * part was left out would be another change than the one that was asked for.
 */

/** Texts, because other writers use all 63 bits. */
const snapshotId = z.string().regex(/^\d{1,19}$/, 'is no id of a snapshot');
const texts = z.record(z.string(), z.string());
const count = z.int().min(0);

const type: z.ZodType<IcebergType> = z.lazy(() =>
  z.union([
    // Some write `decimal(10, 2)`: equal types are equal texts.
    z.string().transform((text) => text.replaceAll(/\s+/g, '')),
    z.object({ type: z.literal('struct'), fields: z.array(field) }),
    z.object({
      type: z.literal('list'),
      'element-id': count,
      element: type,
      'element-required': z.boolean(),
    }),
    z.object({
      type: z.literal('map'),
      'key-id': count,
      key: type,
      'value-id': count,
      value: type,
      'value-required': z.boolean(),
    }),
  ]),
);

/** Default values belong to version 3: left out, rows would be read as nulls. */
const noDefault = z.null({ error: 'default values are of version 3 of the format' }).optional();

const field = z
  .object({
    id: count,
    name: z.string().min(1),
    required: z.boolean(),
    type,
    doc: z.string().nullish(),
    'initial-default': noDefault,
    'write-default': noDefault,
  })
  .transform(({ id, name, required, type: ofField, doc }) => ({
    id,
    name,
    required,
    type: ofField,
    ...(typeof doc === 'string' && { doc }),
  }));

const schema = z
  .object({
    type: z.literal('struct'),
    fields: z.array(field).min(1),
    'identifier-field-ids': z.array(count).nullish(),
  })
  .transform(
    (given): Omit<Schema, 'schema-id'> => ({
      type: 'struct',
      fields: given.fields,
      ...(given['identifier-field-ids']?.length && { 'identifier-field-ids': given['identifier-field-ids'] }),
    }),
  );

const spec = z.object({
  fields: z.array(
    z.object({
      'source-id': count,
      'field-id': count.nullish(),
      name: z.string().min(1),
      transform: z.string(),
    }),
  ),
});

const sortOrder = z.object({
  fields: z.array(
    z.object({
      'source-id': count,
      transform: z.string(),
      direction: z.enum(['asc', 'desc']),
      'null-order': z.enum(['nulls-first', 'nulls-last']),
    }),
  ),
});

const snapshot = z.object({
  'snapshot-id': snapshotId,
  'parent-snapshot-id': snapshotId.nullish(),
  'sequence-number': count,
  'timestamp-ms': count,
  'manifest-list': z.string().min(1),
  summary: z.object({ operation: z.enum(['append', 'replace', 'overwrite', 'delete']) }).catchall(z.string()),
  'schema-id': count.nullish(),
});

const reference = {
  type: z.enum(['branch', 'tag']),
  'snapshot-id': snapshotId,
  'max-ref-age-ms': z.int().positive().nullish(),
  'max-snapshot-age-ms': z.int().positive().nullish(),
  'min-snapshots-to-keep': z.int().positive().nullish(),
};

const action = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.object({ action: z.literal(name), ...shape });

/** -1 is the one that was added last. */
const idOrLast = z.int().min(-1);

const update = z.discriminatedUnion('action', [
  action('assign-uuid', { uuid: z.uuid() }),
  action('upgrade-format-version', { 'format-version': z.int() }),
  action('add-schema', { schema }),
  action('set-current-schema', { 'schema-id': idOrLast }),
  action('add-spec', { spec }),
  action('set-default-spec', { 'spec-id': idOrLast }),
  action('add-sort-order', { 'sort-order': sortOrder }),
  action('set-default-sort-order', { 'sort-order-id': idOrLast }),
  action('add-snapshot', { snapshot }),
  action('set-snapshot-ref', { 'ref-name': z.string().min(1), ...reference }),
  action('remove-snapshot-ref', { 'ref-name': z.string() }),
  action('remove-snapshots', { 'snapshot-ids': z.array(snapshotId) }),
  action('set-location', { location: z.string() }),
  action('set-properties', { updates: texts }),
  action('remove-properties', { removals: z.array(z.string()) }),
]);

const requires = <Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) =>
  z.object({ type: z.literal(name), ...shape });

const requirement = z.discriminatedUnion('type', [
  requires('assert-create', {}),
  requires('assert-table-uuid', { uuid: z.string() }),
  requires('assert-ref-snapshot-id', { ref: z.string(), 'snapshot-id': snapshotId.nullish() }),
  requires('assert-last-assigned-field-id', { 'last-assigned-field-id': z.int() }),
  requires('assert-current-schema-id', { 'current-schema-id': z.int() }),
  requires('assert-last-assigned-partition-id', { 'last-assigned-partition-id': z.int() }),
  requires('assert-default-spec-id', { 'default-spec-id': z.int() }),
  requires('assert-default-sort-order-id', { 'default-sort-order-id': z.int() }),
]);

export const requests = {
  namespace: z.object({
    namespace: z.array(z.string().min(1)).min(1),
    properties: texts.nullish(),
  }),
  table: z.object({
    name: z.string().min(1),
    location: z.string().nullish(),
    schema,
    'partition-spec': spec.nullish(),
    'write-order': sortOrder.nullish(),
    'stage-create': z.boolean().nullish(),
    properties: texts.nullish(),
  }),
  commit: z.object({ requirements: z.array(requirement), updates: z.array(update) }),
} as const;

export type GivenSchema = z.infer<typeof schema>;
export type GivenSpec = z.infer<typeof spec>;
export type GivenSortOrder = z.infer<typeof sortOrder>;
export type TableUpdate = z.infer<typeof update>;
export type TableRequirement = z.infer<typeof requirement>;
export type CommitRequestBody = z.infer<typeof requests.commit>;
export type CreateTableBody = z.infer<typeof requests.table>;

/** @throws RestRefusal 400 that says where the request is another one than it must be. */
export function readRequest<Shape extends z.ZodType>(body: string, shape: Shape): z.infer<Shape> {
  const read = shape.safeParse(parsed(body));
  if (read.success) return read.data;
  const issues = read.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw RestRefusal.badRequest(`The request is refused as a whole: ${issues.join('; ')}`);
}

function parsed(body: string): unknown {
  // The one list of ids in the protocol; single ones are known by their keys.
  const withTexts = body.replace(/(?<!\\)"snapshot-ids"\s*:\s*\[([\d\s,]*)\]/g, (_all, ids: string) => {
    return `"snapshot-ids":[${ids.replaceAll(/\d+/g, '"$&"')}]`;
  });
  try {
    return parseMetadataJson(withTexts);
  } catch {
    throw RestRefusal.badRequest('The body of the request is no JSON.');
  }
}
