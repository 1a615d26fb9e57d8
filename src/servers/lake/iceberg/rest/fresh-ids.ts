import { countIdsFrom, type NextId } from '../schema/assign-ids.ts';
import { type IcebergType, isPrimitive, type StructField } from '../schema/types.ts';
import type { GivenSchema } from './read-request.ts';

export interface FreshSchema {
  readonly schema: GivenSchema;
  /** The new id of a column by the one that the client gave it. */
  readonly idOf: ReadonlyMap<number, number>;
}

/** A new table counts its columns itself: clients count from 0 or 1, level by level or one in the other. */
export function withFreshIds(given: GivenSchema): FreshSchema {
  const idOf = new Map<number, number>();
  const context = { nextId: countIdsFrom(1), idOf };
  const fields = freshFields(given.fields, context);
  const identifiers = (given['identifier-field-ids'] ?? []).map((id) => idOf.get(id) ?? id);
  return {
    schema: {
      type: 'struct',
      fields,
      ...(identifiers.length > 0 && { 'identifier-field-ids': identifiers }),
    },
    idOf,
  };
}

interface Context {
  readonly nextId: NextId;
  readonly idOf: Map<number, number>;
}

function freshFields(fields: readonly StructField[], context: Context): StructField[] {
  const ids = fields.map((field) => fresh(field.id, context));
  return fields.map((field, index) => ({
    ...field,
    id: ids[index] ?? 0,
    type: freshType(field.type, context),
  }));
}

function fresh(id: number, { nextId, idOf }: Context): number {
  const own = nextId();
  idOf.set(id, own);
  return own;
}

function freshType(type: IcebergType, context: Context): IcebergType {
  if (isPrimitive(type)) return type;
  if (type.type === 'struct') return { ...type, fields: freshFields(type.fields, context) };
  if (type.type === 'list') {
    const id = fresh(type['element-id'], context);
    return { ...type, 'element-id': id, element: freshType(type.element, context) };
  }
  const [keyId, valueId] = [fresh(type['key-id'], context), fresh(type['value-id'], context)];
  return {
    ...type,
    'key-id': keyId,
    key: freshType(type.key, context),
    'value-id': valueId,
    value: freshType(type.value, context),
  };
}
