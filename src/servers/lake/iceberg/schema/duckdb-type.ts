import { quoteName, quoteText } from '../quote.ts';
import { primitiveParts } from './primitive-type.ts';
import { type IcebergType, isPrimitive, type StructField } from './types.ts';

const plainNames = {
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  long: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMP WITH TIME ZONE',
  string: 'VARCHAR',
  uuid: 'UUID',
  binary: 'BLOB',
  fixed: 'BLOB',
} as const;

/** The DuckDB type whose Parquet form is the one that Iceberg asks for. */
export function duckdbType(type: IcebergType): string {
  if (isPrimitive(type)) return primitiveName(type);
  if (type.type === 'list') return `${duckdbType(type.element)}[]`;
  if (type.type === 'map') return `MAP(${duckdbType(type.key)}, ${duckdbType(type.value)})`;
  return `STRUCT(${type.fields.map((field) => `${quoteName(field.name)} ${duckdbType(field.type)}`).join(', ')})`;
}

/** The value of COPY's FIELD_IDS: names with their ids, down to the last nested field. */
export function fieldIdsSql(fields: readonly StructField[]): string {
  return `{${fields.map(fieldIdSql).join(', ')}}`;
}

function fieldIdSql(field: StructField): string {
  return `${quoteText(field.name)}: ${idTree(field.id, field.type)}`;
}

function idTree(id: number, type: IcebergType): string {
  if (isPrimitive(type)) return String(id);
  return `{__duckdb_field_id: ${id}, ${childIds(type)}}`;
}

function childIds(type: Exclude<IcebergType, string>): string {
  if (type.type === 'struct') return type.fields.map(fieldIdSql).join(', ');
  if (type.type === 'list') return `element: ${idTree(type['element-id'], type.element)}`;
  return `key: ${idTree(type['key-id'], type.key)}, value: ${idTree(type['value-id'], type.value)}`;
}

function primitiveName(type: string): string {
  const { kind, precision, scale } = primitiveParts(type);
  return kind === 'decimal' ? `DECIMAL(${precision},${scale})` : plainNames[kind];
}
