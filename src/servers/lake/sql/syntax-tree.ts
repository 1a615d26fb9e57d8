/** A node of what `json_serialize_sql` gives. */
export type Node = { readonly [key: string]: unknown };

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The nodes directly below, through arrays. */
export function* nodesIn(node: Node): Generator<Node> {
  for (const value of Object.values(node)) yield* nodesOf(value);
}

/** The node and all nodes below it, in the order of the text. Not by recursion: trees are as deep as their SQL. */
export function* nodesWithin(node: Node): Generator<Node> {
  const pending = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield next;
    pending.push(...[...nodesIn(next)].reverse());
  }
}

export function textAt(node: Node, key: string): string {
  const value = node[key];
  return typeof value === 'string' ? value : '';
}

export function nodesAt(node: Node, key: string): readonly Node[] {
  const value = node[key];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function* nodesOf(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const member of value) yield* nodesOf(member);
  else if (isNode(value)) yield value;
}
