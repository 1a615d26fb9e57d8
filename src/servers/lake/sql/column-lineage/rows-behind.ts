import { isNode, type Node } from '../syntax-tree.ts';
import { aggregateFunctions } from './aggregate-functions.ts';
import { childNode, childNodes, rewritten, tableNameOf, texts } from './analysis.ts';
import { call, derived, everyColumn, nothing, reference, selectFrom } from './build-nodes.ts';
import { countTables } from './count-tables.ts';
import { expressionsIn } from './expression-lineage.ts';
import { type RowsBeside, rowsOfSubqueries } from './rows-of-subqueries.ts';
import { parseSelect, queryTexts, type SqlSession } from './tree-text.ts';

/** A SELECT that also says, for each of its rows, from which rows of its tables it was made. */
export interface RowsBehind {
  readonly sql: string;
  /** Each table whose rows are brought along, and the column that holds them: a list of structs, with repetitions. */
  readonly tables: readonly {
    readonly table: string;
    readonly column: string;
    /** How often the statement reads it; the rows of all these places are together. */
    readonly places: number;
  }[];
  /** Those of them that only subqueries beside FROM have read; without `subqueries` there are none. */
  readonly beside: readonly string[];
  /** What holds back: tables that only decide, or rows that share a group. */
  readonly notes: readonly string[];
}

/** The statement has a part through which rows cannot be followed. */
export class CannotFollow extends Error {}

/**
 * Rewrites a SELECT so that every row brings along the rows of the tables that it was made from: a join brings those of
 * both sides, a group those of all its members, a UNION those of its branch. Where a row is chosen (QUALIFY, DISTINCT
 * ON) it brings its own. With `subqueries` it brings the rows, too, that those beside FROM have read for it; such a statement
 * DuckDB may refuse where it takes the one without.
 * @throws CannotFollow saying which part.
 */
export async function rowsBehind(
  session: SqlSession,
  sql: string,
  { subqueries = true }: { readonly subqueries?: boolean } = {},
): Promise<RowsBehind> {
  const tree = await parseSelect(session, sql);
  const isAggregate = await aggregateFunctions(session);
  const places = countTables(tree);
  const plan: Plan = {
    tables: [...places.keys()],
    notes: new Set(),
    isAggregate,
    subqueries,
    beside: new Set(),
  };
  const { node, held } = query(shortNames(tree, plan) as Node, { plan, ctes: new Map() });
  const [text = ''] = await queryTexts(session, [node]);
  const tables = plan.tables.map((table, index) => ({ table, column: columnOf(index), index }));
  const apart = tables.filter(({ index }) => !held.has(index)).map(({ table }) => table);
  if (apart.length > 0)
    plan.notes.add(`rows of ${apart.join(', ')} are not shown: what reads them is no part of FROM`);
  return {
    // A column of nothing has no type that a list of rows could be made of.
    sql:
      apart.length > 0
        ? `SELECT * EXCLUDE (${tables
            .filter(({ index }) => !held.has(index))
            .map(({ column }) => column)
            .join(', ')}) FROM (${text})`
        : text,
    tables: tables
      .filter(({ index }) => held.has(index))
      .map(({ table, column }) => ({ table, column, places: places.get(table) ?? 1 })),
    beside: tables.filter(({ index }) => plan.beside.has(index)).map(({ table }) => table),
    notes: [...plan.notes],
  };
}

interface Plan {
  /** In the order in which they are met. */
  readonly tables: readonly string[];
  readonly notes: Set<string>;
  readonly isAggregate: ReadonlySet<string>;
  readonly subqueries: boolean;
  /** Indexes of the tables that a subquery beside FROM has read. */
  readonly beside: Set<number>;
}

/** Indexes of the tables whose rows a query brings along; its columns for the others hold nothing, and have no type. */
type Held = ReadonlySet<number>;

interface Followed {
  readonly node: Node;
  readonly held: Held;
}

interface Place {
  readonly plan: Plan;
  /** Queries of WITH, by their names in small letters. */
  readonly ctes: ReadonlyMap<string, Held>;
}

const columnOf = (index: number): string => `__rows_${index}`;
const columnsOf = ({ tables }: Plan): string[] => tables.map((_table, index) => columnOf(index));

/** `schema.table.column` is `table.column`: the table becomes a subquery, which has no schema. */
function shortNames(value: unknown, plan: Plan): unknown {
  if (isNode(value) && value['class'] === 'COLUMN_REF') {
    const [schema, table, ...rest] = texts(value['column_names']);
    const isLong = rest.length > 0 && plan.tables.includes(`${schema}.${table}`);
    return isLong ? { ...value, column_names: [table, ...rest] } : value;
  }
  return rewritten(value, (member) => shortNames(member, plan));
}

function query(node: Node, place: Place): Followed {
  const kind = String(node['type']);
  if (kind === 'SELECT_NODE') return select(node, place);
  if (kind === 'SET_OPERATION_NODE') return union(node, place);
  throw new CannotFollow(
    kind === 'RECURSIVE_CTE_NODE' ? 'it is recursive' : `it has a query of kind ${kind}`,
  );
}

function withCtes(node: Node, place: Place): { readonly cteMap: Node; readonly inside: Place } {
  const ctes = new Map(place.ctes);
  const entries = childNodes(childNode(node, 'cte_map') ?? {}, 'map').map((entry) => {
    const declared = childNode(entry, 'value') ?? {};
    const inner = childNode(declared, 'query');
    const body = inner && childNode(inner, 'node');
    if (!body) throw new CannotFollow(`what ${String(entry['key'])} in WITH stands for cannot be read`);
    const { node: changed, held } = query(body, { ...place, ctes: new Map(ctes) });
    ctes.set(String(entry['key']).toLowerCase(), held);
    return { ...entry, value: { ...declared, query: { ...inner, node: changed } } };
  });
  return { cteMap: { map: entries }, inside: { ...place, ctes } };
}

/** By the index of the table: where its rows are in this FROM, as `alias.column`. */
type Brought = readonly {
  readonly index: number;
  readonly names: readonly [alias: string, column: string];
  /** The column holds rows, and not nothing. */
  readonly isHeld: boolean;
}[];

function select(node: Node, place: Place): Followed {
  const { cteMap, inside } = withCtes(node, place);
  const { source, brought } = from(childNode(node, 'from_table') ?? {}, inside);
  const isGrouped = isSummedUp(node, place.plan);
  const beside = besideFrom(node, inside);
  if (isGrouped && brought.length > 0)
    place.plan.notes.add('rows are summed up: what is shown is the whole group');
  const list = childNodes(node, 'select_list').map((item) => withoutRows(item, brought));
  const rows = place.plan.tables.map((_table, index) => rowsColumn(index, { brought, beside, isGrouped }));
  const changed = { ...node, cte_map: cteMap, from_table: source, select_list: [...list, ...rows] };
  const held = new Set([...brought.filter(({ isHeld }) => isHeld), ...beside].map(({ index }) => index));
  return { node: isDistinct(node) ? distinctRows(changed, { plan: place.plan, held }) : changed, held };
}

function besideFrom(node: Node, place: Place): RowsBeside[] {
  if (!place.plan.subqueries) return [];
  const beside = rowsOfSubqueries(node, { follow: (inner) => query(inner, place), columnOf });
  for (const { index } of beside) place.plan.beside.add(index);
  return beside;
}

function isSummedUp(node: Node, { isAggregate }: Plan): boolean {
  const hasGroups =
    childNodes(node, 'group_expressions').length > 0 || node['aggregate_handling'] === 'FORCE_AGGREGATES';
  const within = [node['select_list'], node['having']];
  const sumsUp = (value: unknown): boolean =>
    [...expressionsIn(value)].some(
      ({ part }) =>
        part['class'] !== 'SUBQUERY' &&
        ((part['class'] === 'FUNCTION' && isAggregate.has(String(part['function_name']))) || sumsUp(part)),
    );
  return hasGroups || sumsUp({ within });
}

/** The `*` of the statement is about its own columns. */
function withoutRows(item: Node, brought: Brought): Node {
  if (item['class'] !== 'STAR') return item;
  if (item['columns'] === true) throw new CannotFollow('it chooses columns with COLUMNS(…)');
  const relation = String(item['relation_name'] ?? '').toLowerCase();
  const hidden = brought.filter(({ names }) => relation === '' || names[0].toLowerCase() === relation);
  const excluded = new Set([...texts(item['exclude_list']), ...hidden.map(({ names }) => names[1])]);
  return { ...item, exclude_list: [...excluded] };
}

function rowsColumn(
  index: number,
  of: { readonly brought: Brought; readonly beside: readonly RowsBeside[]; readonly isGrouped: boolean },
): Node {
  const own = of.brought.filter((one) => one.index === index && one.isHeld);
  const [first, ...others] = [
    ...own.map(({ names }) => reference(names)),
    ...of.beside.filter((one) => one.index === index).map(({ rows }) => rows),
  ];
  if (!first) return nothing(columnOf(index));
  const all = others.reduce((left, right) => call('list_concat', [left, right]), first);
  const grouped = of.isGrouped ? call('flatten', [call('list', [all])]) : all;
  return { ...grouped, alias: columnOf(index) };
}

const isDistinct = (node: Node): boolean =>
  childNodes(node, 'modifiers').some(
    (one) => one['type'] === 'DISTINCT_MODIFIER' && childNodes(one, 'distinct_on_targets').length === 0,
  );

/** Rows that are equal become one, which brings the rows of all of them. ORDER BY and LIMIT come after that. */
function distinctRows(node: Node, { plan, held }: { readonly plan: Plan; readonly held: Held }): Node {
  const later = childNodes(node, 'modifiers').filter(
    (one) => one['type'] !== 'DISTINCT_MODIFIER' || childNodes(one, 'distinct_on_targets').length > 0,
  );
  const columns = columnsOf(plan);
  const merged = columns.map((name, index) =>
    held.has(index) ? call('flatten', [call('list', [reference([name])])], name) : nothing(name),
  );
  const source = derived({ ...node, modifiers: [] }, { alias: '__distinct' });
  return {
    ...selectFrom(source, [everyColumn(columns), ...merged]),
    modifiers: later,
    aggregate_handling: 'FORCE_AGGREGATES',
  };
}

function union(node: Node, place: Place): Followed {
  const kind = String(node['setop_type']);
  if (!kind.startsWith('UNION')) throw new CannotFollow(`it has ${kind}`);
  const { cteMap, inside } = withCtes(node, place);
  const [left, right] = ['left', 'right'].map((key) => query(childNode(node, key) ?? {}, inside));
  const held = new Set([...(left?.held ?? []), ...(right?.held ?? [])]);
  const all = { ...node, cte_map: cteMap, left: left?.node, right: right?.node, setop_all: true };
  return { node: node['setop_all'] === true ? all : distinctRows(all, { plan: place.plan, held }), held };
}

interface Source {
  readonly source: Node;
  readonly brought: Brought;
}

function from(source: Node, place: Place): Source {
  switch (String(source['type'])) {
    case 'BASE_TABLE':
      return table(source, place);
    case 'SUBQUERY':
      return subquery(source, place);
    case 'JOIN':
      return join(source, place);
    case 'EMPTY':
    case 'EXPRESSION_LIST':
    case 'TABLE_FUNCTION':
      return { source, brought: [] };
    default:
      throw new CannotFollow(`FROM has ${String(source['type'])}`);
  }
}

function table(source: Node, { plan, ctes }: Place): Source {
  const name = tableNameOf(source);
  const alias = String(source['alias'] || source['table_name']);
  const cte = source['schema_name'] ? undefined : ctes.get(name.toLowerCase());
  if (cte) return { source, brought: allOf(alias, { plan, held: cte }) };
  const index = plan.tables.indexOf(name);
  if (index === -1) throw new CannotFollow(`${name} is no table of the lake`);
  const column = columnOf(index);
  // A table's alias as a value is its row, as a struct.
  const row = call('list_value', [reference(['__row'])], column);
  const inner = selectFrom({ ...source, alias: '__row', column_name_alias: [] }, [everyColumn([]), row]);
  return {
    source: derived(inner, { alias, names: texts(source['column_name_alias']) }),
    brought: [{ index, names: [alias, column], isHeld: true }],
  };
}

const allOf = (alias: string, { plan, held }: { readonly plan: Plan; readonly held: Held }): Brought =>
  columnsOf(plan).map((column, index) => ({ index, names: [alias, column], isHeld: held.has(index) }));

function subquery(source: Node, place: Place): Source {
  const inner = childNode(childNode(source, 'subquery') ?? {}, 'node');
  if (!inner) throw new CannotFollow('a subquery cannot be read');
  // Without a name its columns could not be told from those of another one.
  const alias = String(source['alias'] || '__subquery');
  const { node, held } = query(inner, place);
  const subquery = { ...childNode(source, 'subquery'), node };
  return { source: { ...source, alias, subquery }, brought: allOf(alias, { plan: place.plan, held }) };
}

function join(source: Node, place: Place): Source {
  if (source['ref_type'] === 'NATURAL') throw new CannotFollow('it has a NATURAL join');
  const left = from(childNode(source, 'left') ?? {}, place);
  const kind = String(source['join_type']);
  if (kind === 'SEMI' || kind === 'ANTI') {
    place.plan.notes.add(`rows of the right side of a ${kind} join only decide: they are not shown`);
    return { source: { ...source, left: left.source }, brought: left.brought };
  }
  const right = from(childNode(source, 'right') ?? {}, place);
  const both = { ...source, left: left.source, right: right.source };
  return { source: both, brought: [...left.brought, ...right.brought] };
}
