import { isNode, type Node } from '../syntax-tree.ts';
import { parseTree, printTree } from '../tree-json.ts';
import { emptySource, selectFrom } from './build-nodes.ts';

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
  const tree = parseTree(String(row?.['tree']));
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
  const trees = nodes.map((node) => quoted(printTree({ error: false, statements: [{ node }] })));
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

const selectOf = (expression: Node): Node => selectFrom(emptySource, [expression]);

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
