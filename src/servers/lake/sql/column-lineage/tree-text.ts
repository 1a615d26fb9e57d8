import { isNode, type Node } from '../syntax-tree.ts';

/** The one thing that is asked of DuckDB: run this statement. */
export interface SqlSession {
  run(sql: string): Promise<readonly { readonly [column: string]: unknown }[]>;
}

/**
 * The parse tree of one SELECT. Numbers that JavaScript cannot hold keep their digits, so that the tree can be
 * written as SQL again.
 * @throws Error with DuckDB's words when the text is no SELECT.
 */
export async function parseSelect(session: SqlSession, sql: string): Promise<Node> {
  const [row] = await session.run(`SELECT json_serialize_sql(${quoted(sql)}) AS tree`);
  const tree = parseExactly(String(row?.['tree']));
  const statements = isNode(tree) && Array.isArray(tree['statements']) ? tree['statements'] : [];
  const [only] = statements;
  const node = isNode(only) ? only['node'] : undefined;
  if (statements.length === 1 && isNode(node)) return node;
  throw new Error(
    isNode(tree) && tree['error'] === true ? String(tree['error_message']) : 'it is no single SELECT',
  );
}

/** The SQL of each query node. */
export async function queryTexts(session: SqlSession, nodes: readonly Node[]): Promise<string[]> {
  if (nodes.length === 0) return [];
  const trees = nodes.map((node) => quoted(JSON.stringify({ error: false, statements: [{ node }] })));
  const rows = await session.run(
    `SELECT json_deserialize_sql(tree::JSON) AS sql FROM (SELECT unnest([${trees.join(', ')}]) AS tree)`,
  );
  return rows.map((row) => String(row['sql']));
}

/** The SQL of each expression. */
export async function expressionTexts(session: SqlSession, expressions: readonly Node[]): Promise<string[]> {
  const texts = await queryTexts(session, expressions.map(selectOf));
  return texts.map((text) => text.replace(/^SELECT /, ''));
}

const selectOf = (expression: Node): Node => ({
  type: 'SELECT_NODE',
  modifiers: [],
  cte_map: { map: [] },
  select_list: [expression],
  from_table: { type: 'EMPTY', alias: '', sample: null, query_location: 0 },
  where_clause: null,
  group_expressions: [],
  group_sets: [],
  aggregate_handling: 'STANDARD_HANDLING',
  having: null,
  sample: null,
  qualify: null,
});

/** The newest part of JSON in JavaScript: TypeScript's library does not describe it yet. */
const exactJson = JSON as unknown as {
  rawJSON(text: string): unknown;
  parse(
    text: string,
    revive: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
};

function parseExactly(text: string): unknown {
  return exactJson.parse(text, (key, value, { source }) => {
    // Where it stood in the text: often "nowhere", as a number that would not fit.
    if (key === 'query_location') return 0;
    const isRounded = typeof value === 'number' && source !== undefined && String(value) !== source;
    return isRounded ? exactJson.rawJSON(source) : value;
  });
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
