import { IcebergError } from '../iceberg-error.ts';
import { quoteName, quoteText } from '../quote.ts';
import { duckdbType } from '../schema/duckdb-type.ts';
import { type IcebergType, isPrimitive, type Schema, type StructField } from '../schema/types.ts';
import type { SqlEngine } from '../sql-engine.ts';
import type { ConstantTexts } from './constant-columns.ts';

/** Names of the columns that a SELECT gives. */
export async function columnsOf(engine: SqlEngine, select: string): Promise<readonly string[]> {
  const rows = await engine.run(`DESCRIBE ${select}`);
  return rows.map((row) => String(row['column_name']));
}

/** One expression for each column of the table, in its order and of its type. */
export function columnSql(
  schema: Schema,
  { given, texts }: { given: readonly string[]; texts: ConstantTexts },
): readonly string[] {
  const byName = new Map(given.map((name) => [name.toLowerCase(), name]));
  const known = new Set(schema.fields.map((field) => field.name.toLowerCase()));
  const unknown = given.filter((name) => !known.has(name.toLowerCase()));
  if (unknown.length > 0) {
    throw new IcebergError(
      'INVALID',
      `The table has no column ${unknown.map((name) => `"${name}"`).join(', ')}.`,
      {
        hint: `columns of the table: ${schema.fields.map((field) => field.name).join(', ')}; add a column first, or leave it out.`,
      },
    );
  }
  return schema.fields.map((field) => {
    checkWritable(field.type, field.name);
    const text = texts.get(field.name);
    const value =
      text === undefined ? castSql(field, byName.get(field.name.toLowerCase())) : constantSql(text);
    return `${value} AS ${quoteName(field.name)}`;
  });
}

/**
 * DuckDB writes an ENUM as strings with a dictionary that it has already. Of a text it would look up each row's value to
 * build one: for the half dozen constants of a bronze table a seventh of the whole write.
 */
function constantSql(text: string): string {
  return `CAST(${quoteText(text)} AS ENUM(${quoteText(text)}))`;
}

/** A column, or a field in structs. */
export function pathSql(path: readonly string[]): string {
  const [column = '', ...inside] = path;
  return inside.reduce((sql, name) => `struct_extract(${sql}, ${quoteText(name)})`, quoteName(column));
}

function castSql(field: StructField, given: string | undefined): string {
  const source = given === undefined ? 'NULL' : `source.${quoteName(given)}`;
  const cast = `CAST(${source} AS ${duckdbType(field.type)})`;
  if (!field.required) return cast;
  const refusal = quoteText(`The column "${field.name}" is required and has no value in some row.`);
  return `CASE WHEN ${source} IS NULL THEN error(${refusal}) ELSE ${cast} END`;
}

function checkWritable(type: IcebergType, column: string): void {
  if (isPrimitive(type)) {
    if (!type.startsWith('fixed')) return;
    throw new IcebergError('UNSUPPORTED', `"${column}" is of the type ${type}, which DuckDB cannot write.`);
  }
  for (const part of partsOf(type)) {
    if (part.required) {
      throw new IcebergError(
        'UNSUPPORTED',
        `"${column}.${part.name}" is required inside a column, which is not checked here.`,
      );
    }
    checkWritable(part.type, column);
  }
}

function partsOf(
  type: Exclude<IcebergType, string>,
): readonly { type: IcebergType; required: boolean; name: string }[] {
  if (type.type === 'list') {
    return [{ type: type.element, required: type['element-required'], name: 'element' }];
  }
  if (type.type === 'map') {
    // A key is always there: DuckDB refuses a map with a null as a key.
    return [
      { type: type.key, required: false, name: 'key' },
      { type: type.value, required: type['value-required'], name: 'value' },
    ];
  }
  return type.fields;
}
