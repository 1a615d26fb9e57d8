import { LakeFailure } from '../lake-failure.ts';
import { isNode, type Node, nodesAt, nodesIn, textAt } from './syntax-tree.ts';

const deepestTree = 500;
const mostReads = 300;

/**
 * @throws LakeFailure when the statement is nested so deeply that walking it could fail, or reads so many tables, once names
 * of WITH are replaced by what they stand for, that planning it would take all memory before anything runs.
 */
export function checkSize(tree: Node): void {
  const depth = depthOf(tree);
  if (depth > deepestTree) {
    throw new LakeFailure(
      `The SQL is nested ${depth} levels deep; ${deepestTree} may be.`,
      'use WITH for the parts, or fewer operators in one expression.',
    );
  }
  const reads = readsOf(tree, new Map());
  if (reads > mostReads) {
    throw new LakeFailure(
      `The SQL reads ${reads < 1e6 ? reads : 'more than a million'} tables, counting each name of WITH as what it stands for; ${mostReads} may be.`,
      'store a part with run_mapping and read that.',
    );
  }
}

/** Not by recursion: the depth is what is in question. */
function depthOf(tree: Node): number {
  let level: Node[] = [tree];
  let depth = 0;
  for (; level.length > 0; depth++) level = level.flatMap((node) => [...nodesIn(node)]);
  return depth;
}

/** How many sources the statement has in its FROMs; a name of WITH counts as often as it is read. */
function readsOf(node: Node, known: ReadonlyMap<string, number>): number {
  const names = new Map(known);
  for (const [name, query] of declared(node)) names.set(name, readsOf(query, names));
  const isName = node['type'] === 'BASE_TABLE' && textAt(node, 'schema_name') === '';
  const own = isName ? names.get(textAt(node, 'table_name').toLowerCase()) : undefined;
  let reads = own ?? (leaves.has(String(node['type'])) ? 1 : 0);
  for (const [key, value] of Object.entries(node)) {
    if (key !== 'cte_map') for (const child of nodesIn({ value })) reads += readsOf(child, names);
  }
  return reads;
}

const leaves: ReadonlySet<string> = new Set(['BASE_TABLE', 'TABLE_FUNCTION', 'EXPRESSION_LIST']);

function declared(node: Node): [string, Node][] {
  const entries = isNode(node['cte_map']) ? nodesAt(node['cte_map'], 'map') : [];
  return entries.flatMap((entry) =>
    isNode(entry['value']) ? [[textAt(entry, 'key').toLowerCase(), entry['value']] as [string, Node]] : [],
  );
}
