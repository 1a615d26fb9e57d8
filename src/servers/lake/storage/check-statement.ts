import {
  currentSchema,
  loadTable,
  planFiles,
  type Schema,
  type TableState,
  tableName,
  type Warehouse,
} from '../iceberg/index.ts';
import { analyseSelect } from '../sql/analyse-select.ts';
import type { Column } from '../sql/filter-predicate.ts';
import { isOrdered } from '../sql/first-rows.ts';
import type { SqlParser } from '../sql/parse-select.ts';
import { rewriteTimeTravel } from '../sql/time-travel.ts';
import { typeOf } from './table-definition.ts';
import type { CheckedSelect, NamedTable } from './table-store.ts';
import { momentOf, viewOf } from './table-views.ts';

/**
 * One SELECT that reads tables of the lake and nothing else, with those tables, their moments and what it wants of them.
 * @throws LakeFailure when it is no such SELECT, with what to write instead.
 */
export async function checkStatement(
  {
    warehouse,
    tables,
    parser,
    unseen,
  }: {
    warehouse: Warehouse;
    tables: readonly string[];
    parser: SqlParser;
    /** A table whose rows are not written yet, maybe not even made: there are no files of it to leave out. */
    unseen?: string;
  },
  sql: string,
): Promise<CheckedSelect> {
  const scope = {
    tables: unseen === undefined ? tables : [...new Set([...tables, unseen])],
    columnsOf: async (table: NamedTable) =>
      table.name === unseen && table.at === undefined ? [] : columnsOf(warehouse, table),
  };
  const analysis = await analyseSelect(parser, { sql, scope });
  const checked = { sql: analysis.sql, tables: analysis.tables, isOrdered: isOrdered(analysis.tree) };
  if (analysis.tables.every(({ at }) => at === undefined)) return checked;
  const rewritten = await rewriteTimeTravel(parser, { tree: analysis.tree, nameOf: viewParts });
  return { ...checked, sql: rewritten, written: analysis.sql };
}

function viewParts(table: NamedTable): { schema: string; table: string } {
  const view = viewOf(table);
  const end = view.indexOf('.');
  return { schema: view.slice(0, end), table: view.slice(end + 1) };
}

async function columnsOf(warehouse: Warehouse, { name, at }: NamedTable): Promise<readonly Column[]> {
  const table = tableName(name);
  if (at === undefined) return columnsIn(await loadTable(warehouse, table));
  const { state, schema } = await planFiles(warehouse, { table, at: momentOf(at) });
  return columnsIn(state, schema);
}

function columnsIn(state: TableState, schema: Schema = currentSchema(state.metadata)): readonly Column[] {
  return schema.fields.map((field) => ({ name: field.name, type: typeOf(field, state.metadata.properties) }));
}
