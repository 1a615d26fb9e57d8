import type { Predicate } from '../iceberg/index.ts';
import { type Column, filterPredicate } from './filter-predicate.ts';
import { isNode, type Node, nodesAt, textAt } from './syntax-tree.ts';

/** One thing that a FROM reads. */
interface Source {
  readonly node: Node;
  readonly alias: string;
  /** Undefined when the source is no table of the lake, or its columns go by other names here. */
  readonly columns: readonly Column[] | undefined;
}

/** The columns of a BASE_TABLE; undefined when it is no table of the lake. */
export type ColumnsOf = (table: Node) => readonly Column[] | undefined;

/**
 * What one SELECT demands of the rows of each table in its own FROM, by WHERE and by the ON of inner joins. Leaving out
 * other rows of that table cannot change what this SELECT gives: its grouping, order and limit come later.
 */
export function rowFilters(select: Node, columnsOf: ColumnsOf): ReadonlyMap<Node, Predicate> {
  const from = select['from_table'];
  const sources = isNode(from) ? sourcesOf(from, columnsOf) : [];
  const filters = new Map<Node, Predicate[]>();
  // A source without a name of its own could hide the name of a table.
  if (!isNode(from) || sources.some(({ alias }) => alias === '')) return new Map();
  const aliases = new Set(nodesAt(select, 'select_list').map((item) => textAt(item, 'alias').toLowerCase()));
  collect(filters, { condition: select['where_clause'], below: from, sources, hidden: aliases });
  for (const join of innerJoins(from)) {
    collect(filters, { condition: join['condition'], below: join, sources, hidden: new Set() });
  }
  return new Map(
    [...filters].map(([node, parts]) => [node, parts.length === 1 && parts[0] ? parts[0] : { and: parts }]),
  );
}

function collect(
  filters: Map<Node, Predicate[]>,
  {
    condition,
    below,
    sources,
    hidden,
  }: { condition: unknown; below: Node; sources: readonly Source[]; hidden: ReadonlySet<string> },
): void {
  const kept = new Set(keptTables(below));
  for (const source of sources.filter(({ node }) => kept.has(node))) {
    const find = (reference: Node) => columnMeant(reference, { source, sources, hidden });
    const predicate = filterPredicate(condition, { find });
    if (predicate) filters.set(source.node, [...(filters.get(source.node) ?? []), predicate]);
  }
}

function sourcesOf(from: Node, columnsOf: ColumnsOf): Source[] {
  if (from['type'] === 'JOIN') {
    return [from['left'], from['right']].filter(isNode).flatMap((side) => sourcesOf(side, columnsOf));
  }
  const alias = textAt(from, 'alias') || (from['type'] === 'BASE_TABLE' ? textAt(from, 'table_name') : '');
  const isRenamed = Array.isArray(from['column_name_alias']) && from['column_name_alias'].length > 0;
  const columns = from['type'] === 'BASE_TABLE' && !isRenamed ? columnsOf(from) : undefined;
  return [{ node: from, alias: alias.toLowerCase(), columns }];
}

/**
 * The tables of a FROM whose rows stand in its result as they are: a row that is left out is missing there and changes no other.
 * Not so for the side of a join that is filled with nulls or only looked into, nor where rows meet by place or nearness.
 */
function keptTables(from: Node): Node[] {
  if (from['type'] === 'BASE_TABLE') return [from];
  if (from['type'] !== 'JOIN') return [];
  const sides = keptSides[`${textAt(from, 'ref_type')} ${textAt(from, 'join_type')}`] ?? [];
  return sides
    .map((side) => from[side])
    .filter(isNode)
    .flatMap(keptTables);
}

const keptSides: Readonly<Record<string, readonly string[]>> = {
  'CROSS INNER': ['left', 'right'],
  'REGULAR INNER': ['left', 'right'],
  'NATURAL INNER': ['left', 'right'],
  'REGULAR LEFT': ['left'],
  'NATURAL LEFT': ['left'],
  'REGULAR RIGHT': ['right'],
  'NATURAL RIGHT': ['right'],
  'REGULAR SEMI': ['left'],
  'REGULAR ANTI': ['left'],
  'ASOF INNER': ['left'],
  'ASOF LEFT': ['left'],
};

function innerJoins(from: Node): Node[] {
  if (from['type'] !== 'JOIN') return [];
  const below = [from['left'], from['right']].filter(isNode).flatMap(innerJoins);
  const isInner = from['join_type'] === 'INNER' && from['ref_type'] === 'REGULAR';
  return isInner ? [from, ...below] : below;
}

function columnMeant(
  reference: Node,
  { source, sources, hidden }: { source: Source; sources: readonly Source[]; hidden: ReadonlySet<string> },
): Column | undefined {
  const names = reference['column_names'];
  if (reference['type'] !== 'COLUMN_REF' || !Array.isArray(names)) return undefined;
  const [first = '', second] = names.map((name) => String(name).toLowerCase());
  if (names.length === 1) {
    const isPlain = !hidden.has(first) && sources.every(({ columns }) => columns !== undefined);
    const owners = sources.filter(({ columns }) => columnNamed(columns, first));
    return isPlain && owners.length === 1 && owners[0] === source
      ? columnNamed(source.columns, first)
      : undefined;
  }
  const isOnly = source.alias === first && sources.filter(({ alias }) => alias === first).length === 1;
  return names.length === 2 && isOnly && second !== undefined
    ? columnNamed(source.columns, second)
    : undefined;
}

function columnNamed(columns: readonly Column[] | undefined, name: string): Column | undefined {
  const same = columns?.filter((column) => column.name.toLowerCase() === name) ?? [];
  return same.length === 1 ? same[0] : undefined;
}
