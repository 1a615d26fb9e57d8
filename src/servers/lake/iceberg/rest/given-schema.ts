import { IcebergError } from '../iceberg-error.ts';
import { checkNames } from '../schema/check-names.ts';
import { primitiveParts } from '../schema/primitive-type.ts';
import { type IcebergType, isPrimitive, type Schema, type StructField } from '../schema/types.ts';
import { checkWidening } from '../schema/widen-type.ts';
import type { GivenSchema } from './read-request.ts';

/** A column, or whatever is in one, by its id. */
export interface Part {
  readonly id: number;
  readonly name: string;
  /** Of the column that it is in; 0 for a column of the table. */
  readonly parent: number;
  readonly required: boolean;
  readonly type: IcebergType;
}

/** All ids of a schema, those of lists and maps too. */
export function partsOf(schema: Pick<Schema, 'fields'>): readonly Part[] {
  return schema.fields.flatMap((field) => partsOfField(field, 0));
}

function partsOfField({ id, name, required, type }: StructField, parent: number): readonly Part[] {
  return [
    { id, name, parent, required, type },
    ...fieldsOf(type).flatMap((inner) => partsOfField(inner, id)),
  ];
}

function fieldsOf(type: IcebergType): readonly StructField[] {
  if (isPrimitive(type)) return [];
  if (type.type === 'struct') return type.fields;
  if (type.type === 'list') {
    return [
      { id: type['element-id'], name: 'element', required: type['element-required'], type: type.element },
    ];
  }
  return [
    { id: type['key-id'], name: 'key', required: true, type: type.key },
    { id: type['value-id'], name: 'value', required: type['value-required'], type: type.value },
  ];
}

/** @throws IcebergError INVALID or UNSUPPORTED for names, types and ids that no table can have. */
export function checkGivenSchema(schema: GivenSchema): void {
  const parts = partsOf(schema);
  checkNames(
    schema.fields.map(({ name }) => name),
    'The table',
  );
  for (const { type } of parts) {
    if (isPrimitive(type)) primitiveParts(type);
    else if (type.type === 'struct')
      checkNames(
        type.fields.map(({ name }) => name),
        'A struct',
      );
  }
  if (new Set(parts.map(({ id }) => id)).size < parts.length)
    throw new IcebergError('INVALID', 'Two columns of the schema have the same id.');
  for (const id of schema['identifier-field-ids'] ?? []) checkIdentifier(schema, id);
}

function checkIdentifier({ fields }: GivenSchema, id: number): void {
  const field = fields.find((candidate) => candidate.id === id);
  const isExact = field && isPrimitive(field.type) && field.type !== 'float' && field.type !== 'double';
  if (isExact && field.required) return;
  throw new IcebergError('INVALID', `Column ${id} cannot tell rows apart.`, {
    hint: 'such a column is one of the table itself, required, and neither float nor double.',
  });
}

/**
 * A new schema beside those that the table has. Ids are never used again, so files stay what they are.
 * @throws IcebergError INVALID when rows that are there could not be read by it.
 */
export function checkAddedSchema(
  schema: GivenSchema,
  { known, lastColumnId, hasRows }: { known: readonly Schema[]; lastColumnId: number; hasRows: boolean },
): void {
  const before = new Map(known.flatMap(partsOf).map((part) => [part.id, part]));
  for (const part of partsOf(schema)) {
    const was = before.get(part.id);
    if (was) checkChange(was, { part, hasRows });
    else checkNew(part, { lastColumnId, hasRows });
  }
}

/** @throws IcebergError INVALID when a type would become narrower than that of rows that are there. */
export function checkSwitch(from: Schema, to: Schema): void {
  const before = new Map(partsOf(from).map((part) => [part.id, part]));
  for (const part of partsOf(to)) {
    const was = before.get(part.id);
    if (was) checkChange(was, { part, hasRows: true });
  }
}

function checkChange(was: Part, { part, hasRows }: { part: Part; hasRows: boolean }): void {
  if (was.parent !== part.parent) throw changed(part, 'is in another column than before');
  if (hasRows && part.required && !was.required)
    throw changed(part, 'becomes required, and rows that are there may lack it');
  if (isPrimitive(was.type) && isPrimitive(part.type)) {
    if (was.type.replaceAll(/\s+/g, '') !== part.type)
      checkWidening(was.type, { to: part.type, column: part.name });
    return;
  }
  const [kind, kindBefore] = [part.type, was.type].map((type) => (isPrimitive(type) ? type : type.type));
  if (kind !== kindBefore) throw changed(part, `was a ${kindBefore} and becomes a ${kind}`);
}

function checkNew(part: Part, { lastColumnId, hasRows }: { lastColumnId: number; hasRows: boolean }): void {
  if (part.id <= lastColumnId)
    throw changed(part, `has an id that was used before; the last one is ${lastColumnId}`);
  // What is in a new column may be required: no old row has the column itself.
  if (hasRows && part.required && part.parent === 0)
    throw changed(part, 'is new and required, and rows that are there lack it');
}

function changed({ id, name }: Part, what: string): IcebergError {
  return new IcebergError('INVALID', `Column "${name}" (${id}) ${what}.`);
}
