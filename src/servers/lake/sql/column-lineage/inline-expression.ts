import { isNode, type Node } from '../syntax-tree.ts';
import { rewritten } from './analysis.ts';
import { resolveColumn } from './resolve-column.ts';
import type { Scope } from './scope.ts';

// A chain of CASEs over CASEs doubles with each level: nobody reads what is longer than this.
const mostNodes = 400;

/**
 * The expression over columns of tables: names of subqueries, WITH and aliases are replaced by what they stand for. A
 * name that stands for several expressions (a UNION) stays, unless it is all of the expression.
 */
export function inlineExpression(expression: Node, scope: Scope): readonly Node[] {
  const column = columnMeant(expression, scope);
  if (column) return column.definitions.length > 0 ? column.definitions : [expression];
  const inlined = replaced(expression, scope);
  const whole = isNode(inlined) && countNodes(inlined) <= mostNodes ? inlined : expression;
  return [{ ...whole, alias: '' }];
}

function replaced(value: unknown, scope: Scope): unknown {
  if (!isNode(value)) return rewritten(value, (member) => replaced(member, scope));
  // Inside of a subquery other names hold; a lambda's parameters are no columns.
  if (value['class'] === 'SUBQUERY' || value['class'] === 'LAMBDA') return value;
  const [only, ...others] = columnMeant(value, scope)?.definitions ?? [];
  if (only && others.length === 0) return { ...only, alias: String(value['alias'] ?? '') };
  return rewritten(value, (member) => replaced(member, scope));
}

function columnMeant(expression: Node, scope: Scope) {
  if (expression['class'] !== 'COLUMN_REF') return undefined;
  const names = expression['column_names'];
  return Array.isArray(names) ? resolveColumn(names.map(String), scope)?.column : undefined;
}

function countNodes(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, member) => sum + countNodes(member), 0);
  if (!isNode(value)) return 0;
  return Object.values(value).reduce((sum: number, member) => sum + countNodes(member), 1);
}
