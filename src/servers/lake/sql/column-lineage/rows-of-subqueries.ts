import { isNode, type Node } from '../syntax-tree.ts';
import { childNode } from './analysis.ts';
import { call, derived, reference, selectFrom } from './build-nodes.ts';

/** Rows of a table that a subquery beside FROM has read for the row at hand: an expression of the same SELECT. */
export interface RowsBeside {
  readonly index: number;
  readonly rows: Node;
}

interface FollowedQuery {
  readonly node: Node;
  readonly held: ReadonlySet<number>;
}

/**
 * Of each subquery in a SELECT's list and conditions: the same subquery once more, which gives its rows and not its value. It sees
 * the row at hand as the first one does, so a correlated one gives the rows that it found for it. `x IN (…)` gives those that
 * are x, EXISTS all that there are.
 */
export function rowsOfSubqueries(
  select: Node,
  { follow, columnOf }: { follow: (query: Node) => FollowedQuery; columnOf: (index: number) => string },
): RowsBeside[] {
  const parts = ['select_list', 'where_clause', 'having', 'qualify'].map((key) => select[key]);
  return [...subqueriesIn(parts)].flatMap((subquery) => {
    const body = childNode(childNode(subquery, 'subquery') ?? {}, 'node');
    if (!body || !canBeRead(subquery)) return [];
    const { node, held } = follow(body);
    return [...held].map((index) => ({ index, rows: rowsOf(subquery, { node, column: columnOf(index) }) }));
  });
}

const alias = '__beside';

/** `x > ALL (…)` is decided by all of its rows or by none: there is nothing to tell of single ones. */
const canBeRead = (subquery: Node): boolean =>
  subquery['subquery_type'] !== 'ANY' || subquery['comparison_type'] === 'COMPARE_EQUAL';

function* subqueriesIn(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const member of value) yield* subqueriesIn(member);
  if (!isNode(value)) return;
  if (value['class'] === 'SUBQUERY') {
    yield value;
    yield* subqueriesIn(value['child']);
    return;
  }
  for (const member of Object.values(value)) yield* subqueriesIn(member);
}

function rowsOf(subquery: Node, { node, column }: { readonly node: Node; readonly column: string }): Node {
  const child = childNode(subquery, 'child');
  const names = child ? ['__value'] : [];
  const all = call('flatten', [call('list', [reference([alias, column])])]);
  const where = child && { ...equal, left: reference([alias, '__value']), right: { ...child, alias: '' } };
  const select = {
    ...selectFrom(derived(node, { alias, names }), [all]),
    ...(where && { where_clause: where }),
  };
  return {
    ...subquery,
    alias: '',
    subquery_type: 'SCALAR',
    comparison_type: 'INVALID',
    child: null,
    subquery: { ...childNode(subquery, 'subquery'), node: select },
  };
}

const equal: Node = { class: 'COMPARISON', type: 'COMPARE_EQUAL', alias: '', query_location: 0 };
