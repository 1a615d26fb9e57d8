/** The kinds of FROM that are judged or walked on. */
const sources = [
  'BASE_TABLE',
  'TABLE_FUNCTION',
  'SHOW_REF',
  'JOIN',
  'SUBQUERY',
  'EMPTY',
  'EMPTY_FROM',
  'EXPRESSION_LIST',
  'PIVOT',
];

export const knownSources: ReadonlySet<string> = new Set(sources);

const queries = ['SELECT_NODE', 'SET_OPERATION_NODE', 'RECURSIVE_CTE_NODE', 'CTE_NODE'];
const modifiers = ['ORDER_MODIFIER', 'LIMIT_MODIFIER', 'LIMIT_PERCENT_MODIFIER', 'DISTINCT_MODIFIER'];
const orders = ['ASCENDING', 'DESCENDING', 'ORDER_DEFAULT', 'INVALID'];

/** What a node without a class may be: a query, a FROM, ORDER BY, LIMIT. */
const knownTypes: ReadonlySet<string> = new Set([...queries, ...sources, ...modifiers, ...orders]);

/** What an expression may be. Not here: parameters, DEFAULT. */
const knownClasses: ReadonlySet<string> = new Set([
  'BETWEEN',
  'CASE',
  'CAST',
  'COLLATE',
  'COLUMN_REF',
  'COMPARISON',
  'CONJUNCTION',
  'CONSTANT',
  'FUNCTION',
  'LAMBDA',
  'LAMBDA_REF',
  'OPERATOR',
  'POSITIONAL_REFERENCE',
  'STAR',
  'SUBQUERY',
  'TYPE',
  'WINDOW',
]);

/** The kind of a node that nobody here knows, as a later DuckDB may have it; undefined when it is known, or is no node. */
export function unknownKind(node: { readonly [key: string]: unknown }): string | undefined {
  const { class: expression, type } = node;
  if (typeof expression === 'string') return knownClasses.has(expression) ? undefined : expression;
  if (typeof type !== 'string' || knownTypes.has(type) || type.endsWith('_TYPE_INFO')) return undefined;
  return type;
}
