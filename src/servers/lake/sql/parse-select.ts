import { LakeFailure } from '../lake-failure.ts';
import { nameStatement } from './name-statement.ts';
import { isNode, type Node } from './syntax-tree.ts';
import { parseTree } from './tree-json.ts';

/** A DuckDB that is asked to parse: `SELECT json_serialize_sql($sql)`. No table is read. */
export interface SqlParser {
  query(
    sql: string,
    parameters?: Readonly<Record<string, string>>,
  ): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
}

const longestSql = 100_000;
const mostComments = 500;

/**
 * The tree of one SELECT, as DuckDB's own parser sees it: `{ node, … }`.
 * @throws LakeFailure when the text does not parse, or is another statement, or is several.
 */
export async function parseSelect(parser: SqlParser, sql: string): Promise<Node> {
  refuseLong(sql);
  const { rows } = await parser.query('SELECT json_serialize_sql($sql::VARCHAR) AS tree', { sql });
  const tree = parseTree(String(rows[0]?.['tree']));
  if (!isNode(tree) || tree['error'] === true) throw refuseText(isNode(tree) ? tree : {}, sql);
  const statements = tree['statements'];
  const [only] = Array.isArray(statements) ? statements : [];
  if (!Array.isArray(statements) || statements.length !== 1 || !isNode(only)) {
    throw new LakeFailure('The SQL must be exactly one SELECT.', 'send one statement at a time.');
  }
  return only;
}

function refuseLong(sql: string): void {
  if (sql.length > longestSql)
    throw new LakeFailure(`The SQL has ${sql.length} characters; ${longestSql} may be.`);
  // For each comment in a comment the parser looks through the rest again: 20,000 of them keep it busy for half a minute.
  if (sql.split('/*').length - 1 > mostComments)
    throw new LakeFailure(`The SQL has more than ${mostComments} comments.`, 'leave them out.');
}

function refuseText(tree: Node, sql: string): LakeFailure {
  if (tree['error_type'] === 'not implemented') return refuseStatement(sql);
  const at = tree['position'] === undefined ? '' : ` (at character ${Number(tree['position']) + 1})`;
  return new LakeFailure(
    `The SQL does not parse: ${String(tree['error_message'])}${at}`,
    'mend the SQL; the dialect is DuckDB.',
  );
}

function refuseStatement(sql: string): LakeFailure {
  const { verb, kind, target } = nameStatement(sql);
  const about = target === undefined ? '' : ` on ${target.slice(0, 130)}`;
  const named =
    kind === 'read' ? `more than one SELECT, or a ${verb} statement` : `${verb}${about} (${kind})`;
  return new LakeFailure(
    `Only SELECT is allowed, and this is ${named}.`,
    'write one SELECT (with WITH if needed); run_mapping stores its result in a table.',
  );
}
