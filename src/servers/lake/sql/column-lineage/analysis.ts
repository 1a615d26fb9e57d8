import { isNode, type Node, nodesIn } from '../syntax-tree.ts';
import type { Environment, Relation } from './scope.ts';
import { columnLineageOf, merged, noLineage, rowsOfTable, type ValueLineage } from './value-lineage.ts';

/** Names of a table's columns, in order; undefined for a table that is not known. */
export type ColumnsOf = (table: string) => readonly string[] | undefined;

export function tableRelation(table: string, columns: readonly string[] | undefined): Relation {
  const source = (column: string) => columnLineageOf({ table, column });
  return {
    columns: (columns ?? []).map((name) => ({
      name,
      lineage: source(name),
      definitions: [columnNode([...table.split('.'), name])],
    })),
    open: columns ? undefined : source('*'),
    rows: rowsOfTable(table),
  };
}

/** All columns of all tables that are named anywhere below. */
export function everythingUnder(node: Node, { ctes, analysis }: Environment): ValueLineage {
  const found: ValueLineage[] = [];
  const visit = (one: Node): void => {
    if (one['type'] === 'BASE_TABLE') {
      const name = tableNameOf(one);
      const { columns, open, rows } = ctes.get(name.toLowerCase()) ?? analysis.table(name);
      found.push(...columns.map(({ lineage }) => lineage), open ?? noLineage, rows);
    }
    for (const child of nodesIn(one)) visit(child);
  };
  visit(node);
  return merged(found);
}

export function tableNameOf(node: Node): string {
  const schema = String(node['schema_name'] ?? '');
  const name = String(node['table_name'] ?? '');
  return schema === '' ? name : `${schema}.${name}`;
}

export const columnNode = (names: readonly string[]): Node => ({
  class: 'COLUMN_REF',
  type: 'COLUMN_REF',
  alias: '',
  column_names: names,
});

/** The same with all that is directly below changed. A number beyond JavaScript's is an object, and no node. */
export function rewritten(value: unknown, change: (member: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  if (!isNode(value) || Object.isFrozen(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, change(member)]));
}

export const childNode = (node: Node, key: string): Node | undefined =>
  isNode(node[key]) ? node[key] : undefined;

export const childNodes = (node: Node, key: string): readonly Node[] =>
  Array.isArray(node[key]) ? node[key].filter(isNode) : [];

export const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
