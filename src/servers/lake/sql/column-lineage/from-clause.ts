import { isNode, type Node } from '../syntax-tree.ts';
import { childNode, everythingUnder, tableNameOf, texts } from './analysis.ts';
import { expressionLineage, expressionsIn } from './expression-lineage.ts';
import {
  type Environment,
  type FromClause,
  type NamedRelation,
  type Relation,
  type RelationColumn,
  type Scope,
  sameName,
  type VisibleColumn,
} from './scope.ts';
import { deciding, merged, noLineage, unknownLineage, type ValueLineage } from './value-lineage.ts';

export const emptyFrom: FromClause = { relations: [], visible: [], rows: noLineage };

export function scopeOver(from: FromClause, environment: Environment): Scope {
  return { from, environment, aliases: new Map(), aliasesFirst: false, locals: new Set() };
}

/** What a FROM brings. `lateral` is what stands to its left: subqueries and functions may use it. */
export function fromClause(
  { source, lateral }: { source: Node | undefined; lateral: FromClause },
  environment: Environment,
): FromClause {
  if (!source) return emptyFrom;
  const read = readers[String(source['type'])] ?? notUnderstood;
  return read({ source, lateral, environment });
}

interface Request {
  readonly source: Node;
  readonly lateral: FromClause;
  readonly environment: Environment;
}

const readers: Readonly<Record<string, (request: Request) => FromClause>> = {
  EMPTY: () => emptyFrom,
  EMPTY_FROM: () => emptyFrom,
  BASE_TABLE: baseTable,
  SUBQUERY: subquery,
  TABLE_FUNCTION: tableFunction,
  EXPRESSION_LIST: values,
  JOIN: join,
};

function baseTable({ source, environment }: Request): FromClause {
  const name = tableNameOf(source);
  const relation =
    (source['schema_name'] ? undefined : environment.ctes.get(name.toLowerCase())) ??
    environment.analysis.table(name);
  return single(source, { ...relation, alias: String(source['table_name']), table: name });
}

function subquery(request: Request): FromClause {
  const { source, environment } = request;
  const inner = childNode(source, 'subquery')?.['node'];
  if (!isNode(inner)) return notUnderstood(request);
  const relation = environment.analysis.query(inner, { ...environment, outer: lateralScope(request) });
  return single(source, { ...relation, alias: '' });
}

const lateralScope = ({ lateral, environment }: Request): Scope => scopeOver(lateral, environment);

/** Functions of one column, which is named like the function. */
const oneColumn: ReadonlySet<string> = new Set(['unnest', 'range', 'generate_series']);

function tableFunction(request: Request): FromClause {
  const { source } = request;
  const call = childNode(source, 'function') ?? {};
  const name = String(call['function_name'] ?? '');
  const lineage = expressionLineage(call, lateralScope(request));
  const isKnown = oneColumn.has(name.toLowerCase());
  const columns = isKnown ? [{ name, lineage, definitions: [] }] : [];
  return single(source, {
    alias: name,
    columns,
    open: isKnown && source['with_ordinality'] !== 'WITH_ORDINALITY' ? undefined : lineage,
    rows: deciding(lineage, 'FILTER'),
  });
}

function values(request: Request): FromClause {
  const lists = request.source['values'];
  const rows = Array.isArray(lists) ? lists.filter(Array.isArray) : [];
  const scope = lateralScope(request);
  const columns = (rows[0] ?? []).map((_first: unknown, index: number) => ({
    name: `col${index}`,
    lineage: merged(
      rows.flatMap((row) => (isNode(row[index]) ? [expressionLineage(row[index], scope)] : [])),
    ),
    definitions: [],
  }));
  return single(request.source, { alias: 'valueslist', columns, rows: noLineage });
}

function join(request: Request): FromClause {
  const { source, lateral, environment } = request;
  const side = (key: string, beside: FromClause): FromClause =>
    fromClause({ source: childNode(source, key), lateral: beside }, environment);
  const left = side('left', lateral);
  const right = side('right', together(lateral, left));
  const both = together(left, right);
  const shared = sharedNames(source, { left, right });
  const condition = childNode(source, 'condition');
  // Through `together`, a condition finds names of the query around as well.
  const decided = condition
    ? [expressionLineage(condition, scopeOver(together(lateral, both), environment))]
    : [];
  const extra = [...furtherParts(request), ...shared.map((name) => columnsNamed(both, name))];
  const rows = merged([both.rows, ...[...decided, ...extra].map((lineage) => deciding(lineage, 'JOIN'))]);
  const kind = String(source['join_type']);
  if (kind === 'SEMI' || kind === 'ANTI') return { ...left, rows };
  return { relations: both.relations, visible: visibleOf({ left, right }, { shared, kind }), rows };
}

const joinKeys = new Set(['left', 'right', 'condition']);

/** Expressions in a join at places that are not known. */
function furtherParts({ source, lateral, environment }: Request): ValueLineage[] {
  const others = Object.fromEntries(Object.entries(source).filter(([key]) => !joinKeys.has(key)));
  return [...expressionsIn(others)].map(({ part }) =>
    expressionLineage(part, scopeOver(lateral, environment)),
  );
}

const together = (left: FromClause, right: FromClause): FromClause => ({
  relations: [...left.relations, ...right.relations],
  visible: [...left.visible, ...right.visible],
  rows: merged([left.rows, right.rows]),
});

interface Sides {
  readonly left: FromClause;
  readonly right: FromClause;
}

/** The columns of USING; of a NATURAL join those that both sides have. */
function sharedNames(source: Node, { left, right }: Sides): readonly string[] {
  if (source['ref_type'] !== 'NATURAL') return texts(source['using_columns']);
  const names = left.visible.flatMap(({ name }) => (name === undefined ? [] : [name]));
  return names.filter((name) => right.visible.some((column) => sameName(column.name, name)));
}

const columnsNamed = ({ visible, relations }: FromClause, name: string): ValueLineage =>
  merged([
    ...visible.filter((column) => sameName(column.name, name)).map(({ lineage }) => lineage),
    ...relations.flatMap(({ open }) => (open ? [open] : [])),
  ]);

/** A column of USING is there once, where the left side has it; its value is that of the side which always has one. */
function visibleOf(
  { left, right }: Sides,
  { shared, kind }: { shared: readonly string[]; kind: string },
): VisibleColumn[] {
  const isShared = ({ name }: VisibleColumn): boolean => shared.some((one) => sameName(name, one));
  const partner = (column: VisibleColumn) =>
    right.visible.find(({ name }) => sameName(name, column.name ?? ''));
  const first = left.visible.map((column) => {
    const other = isShared(column) ? partner(column) : undefined;
    if (!other || kind === 'INNER' || kind === 'LEFT') return column;
    if (kind === 'RIGHT') return { ...column, lineage: other.lineage, definitions: other.definitions };
    return { ...column, lineage: merged([column.lineage, other.lineage]), definitions: [] };
  });
  return [...first, ...right.visible.filter((column) => !isShared(column))];
}

/** PIVOT, and whatever a later DuckDB adds: its columns may depend on all that is named in it. */
function notUnderstood({ source, environment, lateral }: Request): FromClause {
  const around = environment.outer ? [environment.outer.from, lateral] : [lateral];
  const lineage = merged([
    everythingUnder(source, environment),
    ...around.flatMap(({ visible }) => visible.map((column) => column.lineage)),
    unknownLineage(`${String(source['type'])} in FROM`),
  ]);
  return single(source, { alias: '', columns: [], open: lineage, rows: deciding(lineage, 'FILTER') });
}

function single(source: Node, relation: NamedRelation): FromClause {
  const alias = String(source['alias'] || relation.alias);
  const columns = named(relation, texts(source['column_name_alias']));
  const one = { ...relation, columns, alias };
  return { relations: [one], visible: columns.map((column) => ({ ...column, alias })), rows: relation.rows };
}

/** Columns that get names: `AS t(a, b)`, `WITH t(a, b)`. Names beyond those that are known are further columns. */
export function named({ columns, open }: Relation, names: readonly string[]): RelationColumn[] {
  const renamed = columns.map((column, index) => ({ ...column, name: names[index] ?? column.name }));
  const further = open ? names.slice(columns.length) : [];
  return [...renamed, ...further.map((name) => ({ name, lineage: open ?? noLineage, definitions: [] }))];
}
