import type { Node } from '../syntax-tree.ts';
import { columnNode } from './analysis.ts';

/** Nodes as DuckDB's `json_deserialize_sql` takes them: every key of theirs must be there. */

export const call = (name: string, children: readonly Node[], alias = ''): Node => ({
  class: 'FUNCTION',
  type: 'FUNCTION',
  alias,
  query_location: 0,
  function_name: name,
  schema: '',
  children,
  filter: null,
  order_bys: { type: 'ORDER_MODIFIER', orders: [] },
  distinct: false,
  is_operator: false,
  export_state: false,
  catalog: '',
});

export const reference = (names: readonly string[], alias = ''): Node => ({
  ...columnNode(names),
  alias,
  query_location: 0,
});

export const nothing = (alias: string): Node => ({
  class: 'CONSTANT',
  type: 'VALUE_CONSTANT',
  alias,
  query_location: 0,
  value: { type: { id: 'NULL', type_info: null }, is_null: true },
});

export const everyColumn = (excluded: readonly string[]): Node => ({
  class: 'STAR',
  type: 'STAR',
  alias: '',
  query_location: 0,
  relation_name: '',
  exclude_list: excluded,
  replace_list: [],
  columns: false,
  expr: null,
  qualified_exclude_list: [],
  rename_list: [],
});

export const selectFrom = (source: Node, list: readonly Node[]): Node => ({
  type: 'SELECT_NODE',
  modifiers: [],
  cte_map: { map: [] },
  select_list: list,
  from_table: source,
  where_clause: null,
  group_expressions: [],
  group_sets: [],
  aggregate_handling: 'STANDARD_HANDLING',
  having: null,
  sample: null,
  qualify: null,
});

export const emptySource: Node = { type: 'EMPTY', alias: '', sample: null, query_location: 0 };

export const derived = (
  node: Node,
  { alias, names = [] }: { readonly alias: string; readonly names?: readonly string[] },
): Node => ({
  type: 'SUBQUERY',
  alias,
  sample: null,
  query_location: 0,
  subquery: { node, named_param_map: [] },
  column_name_alias: names,
});
