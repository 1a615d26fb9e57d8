import type { Predicate } from '../iceberg/index.ts';
import { checkTree, withoutSemicolon } from './check-select.ts';
import type { Column } from './filter-predicate.ts';
import { parseSelect, type SqlParser } from './parse-select.ts';
import { rowFilters } from './row-filters.ts';
import { isNode, type Node, nodesWithin, textAt } from './syntax-tree.ts';
import { type NamedTable, namedTable } from './time-travel.ts';

/** What a SELECT may name. */
export interface SelectScope {
  /** `schema.table` of every table that may be read, lower case. */
  readonly tables: readonly string[];
  /** The columns of one of them as they are at that moment, with types as `DECIMAL(8,2)`. Asked when there is a condition. */
  readonly columnsOf: (table: NamedTable) => Promise<readonly Column[]>;
}

/** A table that a SELECT reads, once for each moment at which it is read. */
export interface TableRead extends NamedTable {
  /**
   * Rows for which this is not true are wanted by no mention of the table: they, and files without any other, can be left out.
   * Absent when all rows are wanted, or it is not sure.
   */
  readonly predicate?: Predicate;
}

export interface SelectAnalysis {
  /** Without a closing semicolon. Its `t AT (…)` are replaced by `rewriteTimeTravel`. */
  readonly sql: string;
  readonly tree: Node;
  readonly tables: readonly TableRead[];
}

/**
 * Checks one SELECT and says which tables it reads, at which moments, and which of their rows.
 * @throws LakeFailure when it is no SELECT, reads anything else, or is not known to be harmless; with what to write instead.
 */
export async function analyseSelect(
  parser: SqlParser,
  { sql, scope }: { sql: string; scope: SelectScope },
): Promise<SelectAnalysis> {
  const tree = await parseSelect(parser, sql);
  checkTree(tree, scope);
  const mentions = mentionsIn(tree);
  const filters = await filtersIn(tree, { mentions, scope });
  const byTable = Map.groupBy(mentions, ([, table]) => JSON.stringify(table));
  const tables = [...byTable.values()].flatMap((same) => tableRead(same, filters));
  return { sql: withoutSemicolon(sql), tree, tables };
}

type Mention = readonly [node: Node, table: NamedTable];

/** A name without a schema is one of WITH: the check has seen to that. */
function mentionsIn(tree: Node): Mention[] {
  return [...nodesWithin(tree)]
    .filter((node) => node['type'] === 'BASE_TABLE' && textAt(node, 'schema_name') !== '')
    .map((node) => [node, namedTable(node)]);
}

async function filtersIn(
  tree: Node,
  { mentions, scope }: { mentions: readonly Mention[]; scope: SelectScope },
): Promise<ReadonlyMap<Node, Predicate>> {
  const selects = [...nodesWithin(tree)].filter((node) => node['type'] === 'SELECT_NODE');
  if (!selects.some(hasCondition)) return new Map();
  const known = new Map<string, readonly Column[]>();
  const columns = new Map<Node, readonly Column[]>();
  for (const [node, table] of mentions) {
    const key = JSON.stringify(table);
    const found = known.get(key) ?? (await scope.columnsOf(table));
    known.set(key, found);
    columns.set(node, found);
  }
  return new Map(selects.flatMap((select) => [...rowFilters(select, (node) => columns.get(node))]));
}

function hasCondition(select: Node): boolean {
  return (
    isNode(select['where_clause']) ||
    (isNode(select['from_table']) && select['from_table']['type'] === 'JOIN')
  );
}

function tableRead(mentions: readonly Mention[], filters: ReadonlyMap<Node, Predicate>): TableRead[] {
  const [first] = mentions;
  if (!first) return [];
  const wanted = mentions.map(([node]) => filters.get(node));
  const predicates = wanted.filter((predicate) => predicate !== undefined);
  // One mention that wants all rows decides.
  if (predicates.length < wanted.length) return [first[1]];
  const distinct = [
    ...new Map(predicates.map((predicate) => [JSON.stringify(predicate), predicate])).values(),
  ];
  const [only] = distinct;
  return [{ ...first[1], predicate: distinct.length === 1 && only ? only : { or: distinct } }];
}
