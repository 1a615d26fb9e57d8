import type { Predicate } from '../iceberg/index.ts';
import { columnLiteral } from './column-literal.ts';
import { isNode, type Node, nodesAt } from './syntax-tree.ts';

export interface Column {
  readonly name: string;
  /** A type of the lake, or as DuckDB prints it. */
  readonly type: string;
}

/** The column of the one table in question that a COLUMN_REF surely means. */
export type FindColumn = (reference: Node) => Column | undefined;

/**
 * What a condition surely demands of the rows of one table: rows for which the predicate is not true cannot make the
 * condition true. Undefined when it demands nothing that files could be judged by.
 */
export function filterPredicate(
  condition: unknown,
  { find, isNegated = false }: { find: FindColumn; isNegated?: boolean },
): Predicate | undefined {
  if (!isNode(condition)) return undefined;
  const how = { find, isNegated };
  switch (condition['type']) {
    case 'CONJUNCTION_AND':
    case 'CONJUNCTION_OR':
      return ofConjunction(condition, how);
    case 'OPERATOR_NOT':
      return filterPredicate(nodesAt(condition, 'children')[0], { find, isNegated: !isNegated });
    case 'COMPARE_BETWEEN':
      return ofBetween(condition, how);
    case 'COMPARE_IN':
    case 'COMPARE_NOT_IN':
      return ofIn(condition, how);
    case 'OPERATOR_IS_NULL':
    case 'OPERATOR_IS_NOT_NULL':
      return ofNull(condition, how);
    case 'COLUMN_REF':
      return ofFlag(condition, how);
    default:
      return ofComparison(condition, how);
  }
}

interface How {
  readonly find: FindColumn;
  readonly isNegated: boolean;
}

function ofConjunction(condition: Node, how: How): Predicate | undefined {
  const children = nodesAt(condition, 'children');
  const parts = children.map((child) => filterPredicate(child, how));
  const known = parts.filter((part) => part !== undefined);
  // Of an AND each part that is understood holds by itself; an OR is understood whole or not at all.
  const isAnd = (condition['type'] === 'CONJUNCTION_AND') !== how.isNegated;
  if (known.length === 0 || (!isAnd && known.length < children.length)) return undefined;
  return isAnd ? { and: known } : { or: known };
}

type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';
const comparisons: Readonly<Record<string, { is: Comparison; flipped: Comparison; opposite: Comparison }>> = {
  COMPARE_EQUAL: { is: '=', flipped: '=', opposite: '!=' },
  COMPARE_NOTEQUAL: { is: '!=', flipped: '!=', opposite: '=' },
  COMPARE_LESSTHAN: { is: '<', flipped: '>', opposite: '>=' },
  COMPARE_LESSTHANOREQUALTO: { is: '<=', flipped: '>=', opposite: '>' },
  COMPARE_GREATERTHAN: { is: '>', flipped: '<', opposite: '<=' },
  COMPARE_GREATERTHANOREQUALTO: { is: '>=', flipped: '<=', opposite: '<' },
};
const opposites = new Map(Object.values(comparisons).map(({ is, opposite }) => [is, opposite]));

function ofComparison(condition: Node, { find, isNegated }: How): Predicate | undefined {
  const comparison = comparisons[String(condition['type'])];
  const { left, right } = condition;
  if (condition['class'] !== 'COMPARISON' || !comparison || !isNode(left) || !isNode(right)) return undefined;
  const column = find(left) ?? find(right);
  const isFlipped = find(left) === undefined;
  const value = column && columnLiteral(isFlipped ? left : right, column.type);
  if (!column || value === undefined) return undefined;
  const is = isFlipped ? comparison.flipped : comparison.is;
  return { column: column.name, is: isNegated ? (opposites.get(is) ?? is) : is, value };
}

function ofBetween({ input, lower, upper }: Node, { find, isNegated }: How): Predicate | undefined {
  const column = isNode(input) ? find(input) : undefined;
  if (!column || !isNode(lower) || !isNode(upper)) return undefined;
  const from = columnLiteral(lower, column.type);
  const to = columnLiteral(upper, column.type);
  if (from === undefined || to === undefined) return undefined;
  const { name } = column;
  return isNegated
    ? {
        or: [
          { column: name, is: '<', value: from },
          { column: name, is: '>', value: to },
        ],
      }
    : {
        and: [
          { column: name, is: '>=', value: from },
          { column: name, is: '<=', value: to },
        ],
      };
}

function ofIn(condition: Node, { find, isNegated }: How): Predicate | undefined {
  const [tested, ...members] = nodesAt(condition, 'children');
  const column = tested && find(tested);
  if (!column) return undefined;
  const values = members.map((member) => columnLiteral(member, column.type));
  const known = values.filter((value) => value !== undefined);
  if (known.length < values.length) return undefined;
  const isIn = (condition['type'] === 'COMPARE_IN') !== isNegated;
  return { column: column.name, is: isIn ? 'in' : 'not in', values: known };
}

function ofNull(condition: Node, { find, isNegated }: How): Predicate | undefined {
  const [tested] = nodesAt(condition, 'children');
  const column = tested && find(tested);
  // Bounds and counts are those of plain values.
  if (!column || /[[(]|^(STRUCT|MAP|UNION|LIST)/i.test(column.type.replace(/^DECIMAL\(.*\)$/i, ''))) {
    return undefined;
  }
  const isNull = (condition['type'] === 'OPERATOR_IS_NULL') !== isNegated;
  return { column: column.name, is: isNull ? 'null' : 'not null' };
}

/** `WHERE is_active` */
function ofFlag(condition: Node, { find, isNegated }: How): Predicate | undefined {
  const column = find(condition);
  return column?.type.toUpperCase() === 'BOOLEAN'
    ? { column: column.name, is: '=', value: !isNegated }
    : undefined;
}
