import { isNode, type Node } from '../syntax-tree.ts';
import { rewritten } from './analysis.ts';
import { resolveColumn } from './resolve-column.ts';
import type { Scope } from './scope.ts';

// A chain of CASEs over CASEs doubles with each level: nobody reads what is longer than this.
const mostNodes = 400;

/**
 * The expression over columns of tables: names of subqueries, WITH and aliases are replaced by what they stand for. Over
 * a UNION it is one expression for each branch; a name that stands for nothing that can be written stays.
 */
export function inlineExpression(expression: Node, scope: Scope): readonly Node[] {
  const column = columnMeant(expression, scope);
  if (column) return column.definitions.length > 0 ? column.definitions : [expression];
  return Array.from({ length: branchesOf(expression, scope) }, (_none, branch) => {
    const inlined = replaced(expression, { scope, branch });
    const whole = isNode(inlined) && countNodes(inlined) <= mostNodes ? inlined : expression;
    return { ...whole, alias: '' };
  });
}

/** As many as the UNION has that its names come from; names of two UNIONs could be in any combination. */
function branchesOf(expression: Node, scope: Scope): number {
  const counts = new Set(
    [...namesIn(expression)].map((name) => columnMeant(name, scope)?.definitions.length ?? 0),
  );
  const several = [...counts].filter((count) => count > 1);
  return several.length === 1 ? (several[0] ?? 1) : 1;
}

function* namesIn(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const member of value) yield* namesIn(member);
  if (!isNode(value) || isOpaque(value)) return;
  if (value['class'] === 'COLUMN_REF') yield value;
  for (const member of Object.values(value)) yield* namesIn(member);
}

/** Inside of a subquery other names hold; a lambda's parameters are no columns. */
const isOpaque = (node: Node): boolean => node['class'] === 'SUBQUERY' || node['class'] === 'LAMBDA';

function replaced(value: unknown, at: { readonly scope: Scope; readonly branch: number }): unknown {
  if (!isNode(value)) return rewritten(value, (member) => replaced(member, at));
  if (isOpaque(value)) return value;
  const definitions = columnMeant(value, at.scope)?.definitions ?? [];
  const definition = definitions.length === 1 ? definitions[0] : definitions[at.branch];
  if (definition) return { ...definition, alias: String(value['alias'] ?? '') };
  return rewritten(value, (member) => replaced(member, at));
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
