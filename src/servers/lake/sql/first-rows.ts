import { isNode, type Node, nodesAt } from './syntax-tree.ts';

/**
 * The first rows of a SELECT that was checked. Without an order of its own the same question would have another answer each
 * time: then its rows are sorted by all columns.
 */
export function firstRowsSql(
  { sql, isOrdered }: { readonly sql: string; readonly isOrdered?: boolean | undefined },
  count: number,
): string {
  return `SELECT * FROM (${sql}\n) ${isOrdered ? '' : 'ORDER BY ALL '}LIMIT ${count}`;
}

/** Whether the result has an order. That of a window, a subquery or a part of a UNION is none, nor are the words in a text. */
export function isOrdered(statement: Node): boolean {
  const { node } = statement;
  return isNode(node) && nodesAt(node, 'modifiers').some(({ type }) => type === 'ORDER_MODIFIER');
}
