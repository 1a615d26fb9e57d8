import { aggregateFunctions } from './column-lineage/aggregate-functions.ts';
import { type ColumnsOf, tableRelation } from './column-lineage/analysis.ts';
import { queryLineage } from './column-lineage/query-lineage.ts';
import type { Analysis, Relation, RelationColumn } from './column-lineage/scope.ts';
import { expressionTexts, parseSelect, type SqlSession } from './column-lineage/tree-text.ts';
import {
  type ColumnSource,
  type DirectUse,
  type IndirectUse,
  merged,
  sourceOfKey,
  type ValueLineage,
} from './column-lineage/value-lineage.ts';
import type { Node } from './syntax-tree.ts';

export type { ColumnsOf } from './column-lineage/analysis.ts';
export { CannotFollow, type RowsBehind, rowsBehind } from './column-lineage/rows-behind.ts';
export type { SqlSession } from './column-lineage/tree-text.ts';
export type { ColumnSource, DirectUse, IndirectUse } from './column-lineage/value-lineage.ts';

export interface OutputColumn {
  readonly name: string;
  /** Its expression over columns of tables: one for each branch of a UNION. */
  readonly expressions: readonly string[];
  readonly direct: readonly (ColumnSource & { readonly use: DirectUse })[];
  readonly indirect: readonly (ColumnSource & { readonly uses: readonly IndirectUse[] })[];
  /** What was not understood: the column may then depend on everything that was in reach there. */
  readonly unknowns: readonly string[];
}

export interface ColumnLineage {
  readonly columns: readonly OutputColumn[];
  /** Of columns that a `*` adds, when the columns behind it are not known. */
  readonly others?: Omit<OutputColumn, 'name' | 'expressions'>;
  /** Tables that are read, as they are written. */
  readonly tables: readonly string[];
}

/**
 * What each output column of a SELECT depends on, from the parse tree: changing any other column of the tables
 * changes neither its values nor which rows there are. Sources are as they are written in the tables.
 * @throws Error with DuckDB's words when the text is no SELECT.
 */
export async function columnLineage(
  session: SqlSession,
  { sql, columnsOf }: { readonly sql: string; readonly columnsOf: ColumnsOf },
): Promise<ColumnLineage> {
  const [query, aggregates] = [await parseSelect(session, sql), await aggregateFunctions(session)];
  const tables = new Set<string>();
  const analysis = analysisOf({
    aggregates,
    columnsOf: (table) => {
      tables.add(table);
      return columnsOf(table);
    },
  });
  const result = queryLineage(query, { analysis, ctes: new Map(), outer: undefined });
  const columns = await outputColumns(session, result);
  return {
    columns,
    ...(result.open && { others: dependencies(merged([result.open, result.rows])) }),
    tables: [...tables],
  };
}

function analysisOf({
  aggregates,
  columnsOf,
}: {
  readonly aggregates: ReadonlySet<string>;
  readonly columnsOf: ColumnsOf;
}): Analysis {
  return {
    query: queryLineage,
    isAggregate: (expression) => aggregates.has(String(expression['function_name']).toLowerCase()),
    table: (name) => tableRelation(name, columnsOf(name)),
  };
}

async function outputColumns(session: SqlSession, { columns, rows }: Relation): Promise<OutputColumn[]> {
  const texts = await expressionTexts(session, columns.flatMap(expressionsOf));
  let next = 0;
  return columns.map((column) => {
    const expressions = texts.slice(next, next + column.definitions.length);
    next += column.definitions.length;
    const name = column.name ?? expressions[0] ?? '';
    return { name, expressions: [...new Set(expressions)], ...dependencies(merged([column.lineage, rows])) };
  });
}

const expressionsOf = ({ definitions }: RelationColumn): readonly Node[] => definitions;

function dependencies({
  direct,
  indirect,
  unknowns,
}: ValueLineage): Omit<OutputColumn, 'name' | 'expressions'> {
  return {
    direct: [...direct].map(([key, use]) => ({ ...sourceOfKey(key), use })),
    indirect: [...indirect].map(([key, uses]) => ({ ...sourceOfKey(key), uses: [...uses] })),
    unknowns: [...unknowns],
  };
}
