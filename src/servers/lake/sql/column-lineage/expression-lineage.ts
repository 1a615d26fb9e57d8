import { isNode, type Node } from '../syntax-tree.ts';
import { everythingUnder } from './analysis.ts';
import { everythingIn, resolveColumn } from './resolve-column.ts';
import type { Scope } from './scope.ts';
import {
  deciding,
  type IndirectUse,
  merged,
  noLineage,
  transformed,
  unknownLineage,
  type ValueLineage,
} from './value-lineage.ts';

/** What the value of an expression depends on, apart from which rows there are. */
export function expressionLineage(expression: Node, scope: Scope): ValueLineage {
  const kind = String(expression['class']);
  const read = readers[kind];
  if (read) return read(expression, scope);
  if (plainKinds.has(kind)) return transformed(partsLineage(expression, scope), 'TRANSFORMATION');
  return notUnderstood(expression, scope);
}

type Reader = (expression: Node, scope: Scope) => ValueLineage;

const readers: Readonly<Record<string, Reader>> = {
  COLUMN_REF: columnRef,
  CONSTANT: () => noLineage,
  FUNCTION: functionCall,
  SUBQUERY: subquery,
  LAMBDA: lambda,
  // `count(t.*)`: every column of it.
  STAR: (_expression, scope) => everythingIn(scope),
  POSITIONAL_REFERENCE: positional,
};

/** Kinds whose value is computed from their parts, and from nothing else. */
const plainKinds: ReadonlySet<string> = new Set([
  'CASE',
  'CAST',
  'COLLATE',
  'COMPARISON',
  'CONJUNCTION',
  'OPERATOR',
  'BETWEEN',
  'WINDOW',
]);

/** Parts that decide and are not part of the value. Every other part counts as part of it. */
const decidingParts: Readonly<Record<string, IndirectUse>> = {
  when_expr: 'CONDITIONAL',
  filter: 'FILTER',
  filter_expr: 'FILTER',
  order_bys: 'SORT',
  arg_orders: 'SORT',
  partitions: 'WINDOW',
  orders: 'WINDOW',
  start_expr: 'WINDOW',
  end_expr: 'WINDOW',
};

function partsLineage(expression: Node, scope: Scope): ValueLineage {
  const parts: ValueLineage[] = [];
  for (const { part, under } of expressionsIn(expression)) {
    const lineage = expressionLineage(part, scope);
    const use = under.map((key) => decidingParts[key]).find((found) => found !== undefined);
    parts.push(use === undefined ? lineage : deciding(lineage, use));
  }
  return merged(parts);
}

/** The expressions directly below, through lists and plain objects, with the keys that lead to them. */
export function* expressionsIn(
  value: unknown,
  under: readonly string[] = [],
): Generator<{ readonly part: Node; readonly under: readonly string[] }> {
  if (Array.isArray(value)) {
    for (const member of value) yield* expressionOr(member, under);
  } else if (isNode(value)) {
    for (const [key, member] of Object.entries(value)) yield* expressionOr(member, [...under, key]);
  }
}

function* expressionOr(value: unknown, under: readonly string[]): ReturnType<typeof expressionsIn> {
  if (isNode(value) && typeof value['class'] === 'string') yield { part: value, under };
  else yield* expressionsIn(value, under);
}

function columnRef(expression: Node, scope: Scope): ValueLineage {
  const names = expression['column_names'];
  const found = Array.isArray(names) ? resolveColumn(names.map(String), scope) : undefined;
  return found?.lineage ?? notUnderstood(expression, scope);
}

function functionCall(expression: Node, scope: Scope): ValueLineage {
  const parts = merged([partsLineage(expression, scope), ...calledOn(expression, scope)]);
  return transformed(
    parts,
    scope.environment.analysis.isAggregate(expression) ? 'AGGREGATION' : 'TRANSFORMATION',
  );
}

const ownSchemas: ReadonlySet<string> = new Set(['', 'main', 'pg_catalog', 'system']);

/** `name.lower()`: the parser takes the column for the function's schema. */
function calledOn(expression: Node, scope: Scope): ValueLineage[] {
  const path = [expression['catalog'], expression['schema']].map((name) => String(name ?? ''));
  const names = path.filter((name) => !ownSchemas.has(name.toLowerCase()));
  const found = names.length > 0 ? resolveColumn(names, scope) : undefined;
  return names.length === 0 ? [] : [found?.lineage ?? everythingIn(scope)];
}

/** EXISTS asks for rows alone; the others take the first column, and the rows decide which values there are. */
function subquery(expression: Node, scope: Scope): ValueLineage {
  const inner = isNode(expression['subquery']) ? expression['subquery']['node'] : undefined;
  if (!isNode(inner)) return notUnderstood(expression, scope);
  const { columns, open, rows } = scope.environment.analysis.query(inner, {
    ...scope.environment,
    outer: scope,
  });
  const child = isNode(expression['child']) ? [expressionLineage(expression['child'], scope)] : [];
  const isExistence = /EXISTS/.test(String(expression['subquery_type']));
  const values = isExistence ? [] : [...columns.map(({ lineage }) => lineage), open ?? noLineage];
  return transformed(merged([...values, ...child, deciding(rows, 'CONDITIONAL')]), 'TRANSFORMATION');
}

function lambda(expression: Node, scope: Scope): ValueLineage {
  const names = [...expressionsIn({ lhs: expression['lhs'] })].flatMap(({ part }) => namesIn(part));
  const locals = new Set([...scope.locals, ...names]);
  return partsLineage({ expr: expression['expr'] }, { ...scope, locals });
}

function namesIn(expression: Node): string[] {
  const names = expression['column_names'];
  const own = Array.isArray(names) ? [String(names.at(-1)).toLowerCase()] : [];
  return [...own, ...[...expressionsIn(expression)].flatMap(({ part }) => namesIn(part))];
}

function positional({ index }: Node, { from }: Scope): ValueLineage {
  return from.visible[Number(index) - 1]?.lineage ?? merged(from.visible.map(({ lineage }) => lineage));
}

/** What is not known to be harmless may depend on all that is in reach, and says so. */
function notUnderstood(expression: Node, scope: Scope): ValueLineage {
  const what = `an expression of kind ${String(expression['class'])} (${String(expression['type'])})`;
  return merged([
    transformed(everythingIn(scope), 'TRANSFORMATION'),
    everythingUnder(expression, scope.environment),
    unknownLineage(what),
  ]);
}
