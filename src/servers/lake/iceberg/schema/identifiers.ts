import { IcebergError } from '../iceberg-error.ts';
import { type ColumnPath, findColumn } from './find-field.ts';
import type { Schema, StructField } from './types.ts';

/** Names of the columns that tell rows apart, in the table's order of them. */
export function identifierColumns(schema: Schema): readonly string[] {
  const ids = schema['identifier-field-ids'] ?? [];
  return ids.flatMap((id) => schema.fields.find((field) => field.id === id)?.name ?? []);
}

/**
 * The schema with these columns as those that tell rows apart.
 * @throws IcebergError NOT_FOUND, INVALID for a column that may be null or that has no exact values: the format allows neither.
 */
export function identifySchema(schema: Schema, names: readonly string[]): Schema {
  const fields = names.map((name) => findColumn(schema, name).field);
  for (const field of fields) checkIdentifier(field);
  const { 'identifier-field-ids': _before, ...rest } = schema;
  const ids = [...new Set(fields.map((field) => field.id))];
  return ids.length === 0 ? rest : { ...rest, 'identifier-field-ids': ids };
}

export function checkNotIdentifier(schema: Schema, column: ColumnPath): void {
  const { field } = findColumn(schema, column);
  if (!schema['identifier-field-ids']?.includes(field.id)) return;
  throw new IcebergError('INVALID', `"${field.name}" tells the table's rows apart and cannot be optional.`);
}

function checkIdentifier({ name, type, required }: StructField): void {
  const isExact = typeof type === 'string' && type !== 'float' && type !== 'double';
  if (!isExact) {
    throw new IcebergError('INVALID', `"${name}" cannot tell rows apart: its type has no exact values.`);
  }
  if (!required) {
    throw new IcebergError('INVALID', `"${name}" cannot tell rows apart: it may be null.`, {
      hint: 'make it a required column.',
    });
  }
}
