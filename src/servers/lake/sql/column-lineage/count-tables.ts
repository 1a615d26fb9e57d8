import { isNode, type Node } from '../syntax-tree.ts';
import { tableNameOf } from './analysis.ts';

/** How often a statement reads each table of the lake, in the order in which they are met. */
export function countTables(tree: Node): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const visit = (node: Node): void => {
    if (node['type'] === 'BASE_TABLE' && node['schema_name']) {
      const name = tableNameOf(node);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    for (const value of Object.values(node)) eachNode(value, visit);
  };
  visit(tree);
  return counts;
}

function eachNode(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) for (const member of value) eachNode(member, visit);
  else if (isNode(value)) visit(value);
}
