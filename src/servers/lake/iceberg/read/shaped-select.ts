import { pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import { quoteList, quoteName, quoteText } from '../quote.ts';
import { duckdbType } from '../schema/duckdb-type.ts';
import { type IcebergType, isPrimitive, type Schema, type StructField } from '../schema/types.ts';
import { asWritten } from './as-written.ts';
import type { FileShape, ShapeNode } from './file-shape.ts';
import { identityValueSql } from './identity-value-sql.ts';
import type { PlannedFile } from './plan-files.ts';

/** Reads files of one shape: each column of the table is built from the file's column of the same id, down to the last field. */
export function shapedSelect(from: {
  schema: Schema;
  shape: FileShape;
  group: readonly PlannedFile[];
  metadata: TableMetadata;
}): string {
  const { schema, shape, group, metadata } = from;
  const columns = schema.fields.map((field) => {
    const node = shape.columns.find((column) => column.id === field.id);
    const sql = node
      ? valueSql(field.type, { node, sql: `f.${quoteName(node.name)}`, depth: 0 })
      : missingSql(field, { group, metadata });
    return `${sql} AS c${field.id}`;
  });
  const paths = quoteList(group.map(({ file }) => pathOf(file.location)));
  return `SELECT ${columns.join(', ')}, f.filename, f.file_row_number FROM read_parquet(${paths}, ${asWritten}) AS f`;
}

/** Files that were taken over from a folder tree have partition columns in their path alone; the manifest has the values. */
function missingSql(
  field: StructField,
  { group, metadata }: { group: readonly PlannedFile[]; metadata: TableMetadata },
): string {
  const file = group[0]?.file;
  const value = file && identityValueSql(field, { file, metadata });
  return value ?? `NULL::${duckdbType(field.type)}`;
}

interface Source {
  readonly node: ShapeNode;
  readonly sql: string;
  /** Of nested lists: each needs a name of its own for its element. */
  readonly depth: number;
}

function valueSql(type: IcebergType, source: Source): string {
  if (isPrimitive(type)) return `CAST(${source.sql} AS ${duckdbType(type)})`;
  if (type.type === 'struct') return structSql(type.fields, source);
  const element = `e${source.depth}`;
  const repeated = onlyChild(source.node);
  if (type.type === 'list') {
    const value = valueSql(type.element, below(source, { node: onlyChild(repeated), sql: element }));
    return `list_transform(${source.sql}, lambda ${element}: ${value})`;
  }
  const [key, value] = repeated.children;
  if (!key || !value) throw unknownShape(source.node);
  const keySql = valueSql(type.key, below(source, { node: key, sql: `${element}.key` }));
  const mapped = valueSql(type.value, below(source, { node: value, sql: `${element}.value` }));
  const pairs = `list_transform(map_entries(${source.sql}), lambda ${element}: {key: ${keySql}, value: ${mapped}})`;
  return `CASE WHEN ${source.sql} IS NULL THEN NULL ELSE map_from_entries(${pairs}) END`;
}

function structSql(fields: readonly StructField[], source: Source): string {
  const members = fields.map((field) => {
    const node = source.node.children.find((child) => child.id === field.id);
    const sql = node
      ? valueSql(field.type, {
          ...source,
          node,
          sql: `struct_extract(${source.sql}, ${quoteText(node.name)})`,
        })
      : `NULL::${duckdbType(field.type)}`;
    return `${quoteText(field.name)}: ${sql}`;
  });
  return `CASE WHEN ${source.sql} IS NULL THEN NULL ELSE {${members.join(', ')}} END`;
}

function below(source: Source, to: { node: ShapeNode; sql: string }): Source {
  return { ...to, depth: source.depth + 1 };
}

function onlyChild(node: ShapeNode): ShapeNode {
  const [child, ...more] = node.children;
  if (child && more.length === 0) return child;
  throw unknownShape(node);
}

function unknownShape(node: ShapeNode): IcebergError {
  return new IcebergError(
    'UNSUPPORTED',
    `The column "${node.name}" is written in an old form of lists, which is not read here.`,
  );
}
