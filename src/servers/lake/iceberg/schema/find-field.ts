import { IcebergError } from '../iceberg-error.ts';
import { type IcebergType, isPrimitive, type Schema, type StructField } from './types.ts';

/** A column, or a field in a struct. Lists and maps hold many values for one row and are not reached. */
export interface FoundField {
  readonly field: StructField;
  /** Names from the column down. */
  readonly path: readonly string[];
}

export type ColumnPath = string | readonly string[];

export function findColumn(schema: Schema, column: ColumnPath): FoundField {
  const path = typeof column === 'string' ? [column] : column;
  let fields: readonly StructField[] = schema.fields;
  let found: StructField | undefined;
  for (const name of path) {
    found = fields.find((field) => field.name === name);
    if (!found) throw noSuchColumn(path, fields);
    fields = isPrimitive(found.type) || found.type.type !== 'struct' ? [] : found.type.fields;
  }
  if (!found) throw noSuchColumn(path, fields);
  return { field: found, path };
}

/** All columns and struct fields by id. */
export function fieldsById(schema: Schema): ReadonlyMap<number, FoundField> {
  const fields = new Map<number, FoundField>();
  const collect = (type: IcebergType, above: readonly string[]): void => {
    if (isPrimitive(type) || type.type !== 'struct') return;
    for (const field of type.fields) {
      const path = [...above, field.name];
      fields.set(field.id, { field, path });
      collect(field.type, path);
    }
  };
  collect(schema, []);
  return fields;
}

export function hasNestedColumns(schema: Schema): boolean {
  return schema.fields.some((field) => !isPrimitive(field.type));
}

function noSuchColumn(path: readonly string[], among: readonly StructField[]): IcebergError {
  return new IcebergError('NOT_FOUND', `The table has no column "${path.join('.')}".`, {
    hint: `columns here: ${among.map((field) => field.name).join(', ') || 'none'}.`,
  });
}
