import { isNode, type Node } from '../syntax-tree.ts';
import { childNode, childNodes, everythingUnder, texts } from './analysis.ts';
import { expressionLineage, expressionsIn } from './expression-lineage.ts';
import { emptyFrom, fromClause, named, scopeOver } from './from-clause.ts';
import { everythingIn } from './resolve-column.ts';
import type { Environment, Relation, RelationColumn, Scope } from './scope.ts';
import { allColumns, type SelectList, selectList } from './select-list.ts';
import { setOperation } from './set-operation.ts';
import { deciding, merged, noLineage, unknownLineage, type ValueLineage } from './value-lineage.ts';

/** What the columns of a query depend on, and what decides which rows it gives. */
export function queryLineage(query: Node, around: Environment): Relation {
  const environment = { ...around, ctes: withCtes(query, around) };
  const kind = String(query['type']);
  if (kind === 'SELECT_NODE') return select(query, environment);
  if (kind === 'SET_OPERATION_NODE') {
    const result = setNode(query, environment);
    return withModifiers(query, { result, scope: ownScope(result, environment) });
  }
  if (kind === 'RECURSIVE_CTE_NODE') return recursive(query, environment);
  return notUnderstood(query, environment);
}

function withCtes(query: Node, environment: Environment): Environment['ctes'] {
  const known = new Map(environment.ctes);
  for (const entry of childNodes(childNode(query, 'cte_map') ?? {}, 'map')) {
    const declared = childNode(entry, 'value') ?? {};
    const inner = childNode(declared, 'query')?.['node'];
    if (!isNode(inner)) continue;
    const relation = environment.analysis.query(inner, { ...environment, ctes: known });
    known.set(String(entry['key']).toLowerCase(), {
      ...relation,
      columns: named(relation, texts(declared['aliases'])),
    });
  }
  return known;
}

/** Parts of a SELECT that are read below; whatever else is in one counts as not understood. */
const knownParts: ReadonlySet<string> = new Set([
  'modifiers',
  'cte_map',
  'select_list',
  'from_table',
  'where_clause',
  'group_expressions',
  'having',
  'qualify',
]);

function select(query: Node, environment: Environment): Relation {
  const source = childNode(query, 'from_table');
  const from = fromClause({ source, lateral: emptyFrom }, environment);
  const list = selectList(query, scopeOver(from, environment));
  const filters = ['where_clause', 'having', 'qualify'].flatMap((key) => {
    const condition = childNode(query, key);
    return condition ? [deciding(expressionLineage(condition, list.scope), 'FILTER')] : [];
  });
  const rows = merged([
    from.rows,
    ...filters,
    deciding(groups(query, list), 'GROUP_BY'),
    ...unnested(query, list.scope),
    ...further(query, list.scope),
  ]);
  return withModifiers(query, { result: { ...list, rows }, scope: list.scope });
}

function groups(query: Node, list: SelectList): ValueLineage {
  const written = childNodes(query, 'group_expressions').map(
    (expression) => byNumber(expression, list.columns) ?? expressionLineage(expression, list.scope),
  );
  const isAll = query['aggregate_handling'] === 'FORCE_AGGREGATES';
  return merged([...written, ...(isAll ? notSummedUp(query, list.scope) : [])]);
}

/** What GROUP BY ALL groups by. */
const notSummedUp = (query: Node, scope: Scope): ValueLineage[] =>
  childNodes(query, 'select_list')
    .filter((item) => !hasAggregate(item, scope))
    .map((item) => expressionLineage(item, scope));

function hasAggregate(expression: Node, scope: Scope): boolean {
  if (expression['class'] === 'SUBQUERY') return false;
  if (expression['class'] === 'FUNCTION' && scope.environment.analysis.isAggregate(expression)) return true;
  return [...expressionsIn(expression)].some(({ part }) => hasAggregate(part, scope));
}

/** `GROUP BY 2`, `ORDER BY 1`. */
function byNumber(expression: Node, columns: readonly RelationColumn[]): ValueLineage | undefined {
  const value = expression['class'] === 'CONSTANT' ? childNode(expression, 'value')?.['value'] : undefined;
  if (typeof value !== 'number') return undefined;
  return columns[value - 1]?.lineage ?? merged(columns.map(({ lineage }) => lineage));
}

/** `unnest` in a SELECT list makes as many rows as its lists have members. */
function unnested(query: Node, scope: Scope): ValueLineage[] {
  return childNodes(query, 'select_list')
    .filter(hasUnnest)
    .map((item) => deciding(expressionLineage(item, scope), 'FILTER'));
}

function hasUnnest(expression: Node): boolean {
  if (/^(unnest|unlist)$/i.test(String(expression['function_name'] ?? ''))) return true;
  return (
    expression['class'] !== 'SUBQUERY' && [...expressionsIn(expression)].some(({ part }) => hasUnnest(part))
  );
}

function further(query: Node, scope: Scope): ValueLineage[] {
  return Object.entries(query).flatMap(([key, value]) => {
    const isEmpty = !Array.isArray(value) && !isNode(value);
    if (knownParts.has(key) || key === 'group_sets' || isEmpty) return [];
    const found = everythingIn(scope);
    const under = isNode(value) ? everythingUnder(value, scope.environment) : noLineage;
    return [deciding(merged([found, under]), 'FILTER'), unknownLineage(`${key} in a SELECT`)];
  });
}

/** ORDER BY, LIMIT and DISTINCT, of a SELECT or of a UNION: there only the result's own columns have names. */
function withModifiers(
  query: Node,
  { result, scope }: { readonly result: Relation; readonly scope: Scope },
): Relation {
  const sorted = { ...scope, aliasesFirst: true };
  const decided = childNodes(query, 'modifiers').map((modifier) => {
    const isDistinct = modifier['type'] === 'DISTINCT_MODIFIER';
    const parts = [...expressionsIn(modifier)].map(({ part, under }) => {
      // `LIMIT 2` names no column, `ORDER BY 2` does.
      const isLimit = under.some((key) => key === 'limit' || key === 'offset');
      const numbered = isLimit ? undefined : byNumber(part, result.columns);
      return numbered ?? expressionLineage(part, sorted);
    });
    // DISTINCT without targets compares whole rows.
    const compared = isDistinct && parts.length === 0 ? [allColumns(result)] : parts;
    return deciding(merged(compared), isDistinct ? 'GROUP_BY' : 'SORT');
  });
  const { columns, open } = result;
  return { columns, open, rows: merged([result.rows, ...decided]) };
}

function ownScope({ columns, open, rows }: Relation, environment: Environment): Scope {
  const relation = { alias: '', columns, open, rows };
  const visible = columns.map((column) => ({ ...column, alias: '' }));
  return scopeOver({ relations: [relation], visible, rows }, environment);
}

function setNode(query: Node, environment: Environment): Relation {
  const sides = ['left', 'right'].map((key) => childNode(query, key));
  const children = childNodes(query, 'children');
  const relations = [...sides, ...children].flatMap((side) =>
    side ? [environment.analysis.query(side, environment)] : [],
  );
  return setOperation(relations, {
    byName: query['setop_type'] === 'UNION_BY_NAME',
    keepsAll: query['setop_all'] === true && /^UNION/.test(String(query['setop_type'])),
  });
}

// Each round adds what one more step of the recursion brings; a chain is as long as there are columns at the most.
const mostRounds = 30;

function recursive(query: Node, environment: Environment): Relation {
  const name = String(query['cte_name']).toLowerCase();
  const [left, right] = [childNode(query, 'left'), childNode(query, 'right')];
  if (!left || !right) return notUnderstood(query, environment);
  const names = texts(query['aliases']);
  const rename = (relation: Relation): Relation => ({ ...relation, columns: named(relation, names) });
  const options = { byName: false, keepsAll: query['union_all'] === true };
  let result = rename(environment.analysis.query(left, environment));
  for (let round = 0; round < mostRounds; round++) {
    const inner = { ...environment, ctes: new Map(environment.ctes).set(name, undefinedTexts(result)) };
    const next = rename(setOperation([result, environment.analysis.query(right, inner)], options));
    const isStable = size(next) === size(result);
    result = next;
    if (isStable) break;
  }
  return {
    ...undefinedTexts(result),
    rows: merged([result.rows, ...keyOf(query, result, environment)]),
  };
}

/** `USING KEY (…)` keeps one row for each. */
const keyOf = (query: Node, result: Relation, environment: Environment): ValueLineage[] =>
  childNodes(query, 'key_targets').map((target) =>
    deciding(expressionLineage(target, ownScope(result, environment)), 'GROUP_BY'),
  );

/** An expression that refers to itself cannot be written out. */
const undefinedTexts = (relation: Relation): Relation => ({
  ...relation,
  columns: relation.columns.map((column) => ({ ...column, definitions: [] })),
});

const size = ({ columns, rows, open }: Relation): number =>
  [...columns.map(({ lineage }) => lineage), rows, open ?? noLineage].reduce(
    (sum, { direct, indirect, tables, unknowns }) =>
      sum +
      direct.size +
      [...indirect.values()].reduce((uses, one) => uses + one.size, 0) +
      tables.size +
      unknowns.size,
    0,
  );

function notUnderstood(query: Node, environment: Environment): Relation {
  const outer = environment.outer ? everythingIn(environment.outer) : noLineage;
  const lineage = merged([
    everythingUnder(query, environment),
    outer,
    unknownLineage(`a query of kind ${String(query['type'])}`),
  ]);
  return { columns: [], open: lineage, rows: deciding(lineage, 'FILTER') };
}
