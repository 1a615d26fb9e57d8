import { parseSelect } from '../sql/parse-select.ts';
import { nodesWithin, textAt } from '../sql/syntax-tree.ts';
import { namedTable } from '../sql/time-travel.ts';
import { toResultRows } from './result-values.ts';
import type { Session } from './statement.ts';
import type { CheckedSelect, NamedTable } from './table-store.ts';

/** A SELECT of the lake's own with the tables that it names. */
export async function withTables(session: Session, select: string | CheckedSelect): Promise<CheckedSelect> {
  return typeof select === 'string' ? { sql: select, tables: await tablesIn(session, select) } : select;
}

async function tablesIn(session: Session, sql: string): Promise<NamedTable[]> {
  const parser = {
    query: async (text: string, parameters: Readonly<Record<string, string>> = {}) =>
      toResultRows(await session.read(text, parameters)),
  };
  const nodes = [...nodesWithin(await parseSelect(parser, sql))];
  const named = nodes.filter((node) => node['type'] === 'BASE_TABLE' && textAt(node, 'schema_name') !== '');
  const tables = named.map((node): NamedTable => namedTable(node));
  return [...new Map(tables.map((table) => [JSON.stringify(table), table])).values()];
}
