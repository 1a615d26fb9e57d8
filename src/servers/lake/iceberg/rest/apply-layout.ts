import { IcebergError } from '../iceberg-error.ts';
import { currentSchema } from '../metadata/read-metadata.ts';
import { checkDistinct, type PartitionField } from '../partition/spec.ts';
import { fieldsById } from '../schema/find-field.ts';
import type { Schema } from '../schema/types.ts';
import { checkTransform, parseTransform } from '../values/transform.ts';
import type { Draft } from './apply-updates.ts';
import type { GivenSortOrder, GivenSpec } from './read-request.ts';

/**
 * Adds a partitioning, or finds the equal one. A field that was used before keeps its id.
 * @throws IcebergError INVALID, UNSUPPORTED
 */
export function withSpec(draft: Draft, given: GivenSpec): Draft {
  const { metadata } = draft;
  const schema = currentSchema(metadata);
  const specs = metadata['partition-specs'];
  let last = metadata['last-partition-id'];
  const past = specs.flatMap((spec) => spec.fields);
  const fields = given.fields.map((field): PartitionField => {
    checkSource(schema, field);
    const { 'source-id': source, name, transform } = field;
    const known = past.find((old) => old['source-id'] === source && old.transform === transform);
    const wanted = field['field-id'] ?? undefined;
    const id = known?.['field-id'] ?? Math.max(last + 1, wanted ?? 0);
    // Manifests that the client has written name the field by the id that it gave.
    if (wanted !== undefined && wanted !== id) throw otherId({ name, wanted, id });
    last = Math.max(last, id);
    return { 'source-id': source, 'field-id': id, name, transform };
  });
  checkDistinct(fields, schema);
  if (new Set(fields.map((field) => field['field-id'])).size < fields.length)
    throw new IcebergError('INVALID', 'Two partition fields are made of the same column in the same way.');
  const equal = specs.find((spec) => JSON.stringify(keysOf(spec.fields)) === JSON.stringify(keysOf(fields)));
  const id = equal?.['spec-id'] ?? 1 + Math.max(-1, ...specs.map((spec) => spec['spec-id']));
  return {
    ...draft,
    lastSpecId: id,
    metadata: {
      ...metadata,
      'last-partition-id': last,
      'partition-specs': equal ? specs : [...specs, { 'spec-id': id, fields }],
    },
  };
}

/** Adds a sort order, or finds the equal one; the format's own number for none is 0. */
export function withSortOrder(draft: Draft, given: GivenSortOrder): Draft {
  const { metadata } = draft;
  for (const field of given.fields) checkSource(currentSchema(metadata), { ...field, name: 'of the order' });
  const orders = metadata['sort-orders'] as readonly { 'order-id': number; fields: unknown }[];
  const equal = orders.find((order) => JSON.stringify(order.fields) === JSON.stringify(given.fields));
  const next = given.fields.length === 0 ? 0 : 1 + Math.max(0, ...orders.map((order) => order['order-id']));
  const id = equal?.['order-id'] ?? next;
  const added = { 'order-id': id, fields: given.fields };
  return {
    ...draft,
    lastOrderId: id,
    metadata: { ...metadata, 'sort-orders': equal ? orders : [...orders, added] },
  };
}

function checkSource(
  schema: Schema,
  { 'source-id': id, name, transform }: { 'source-id': number; name: string; transform: string },
): void {
  const source = fieldsById(schema).get(id);
  if (!source)
    throw new IcebergError('INVALID', `The field ${name} is made of column ${id}, which is not there.`);
  const parsed = parseTransform(transform);
  checkTransform(parsed, { type: source.field.type, column: source.path.join('.') });
}

function otherId({ name, wanted, id }: { name: string; wanted: number; id: number }): IcebergError {
  return new IcebergError(
    'INVALID',
    `The partition field "${name}" has the id ${wanted}; in this table it is ${id}.`,
    {
      hint: 'load the table again.',
    },
  );
}

function keysOf(fields: readonly PartitionField[]): unknown {
  return fields.map((field) => [field['field-id'], field['source-id'], field.transform, field.name]);
}
