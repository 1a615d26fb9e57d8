import { LakeFailure } from '../lake-failure.ts';
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

/**
 * The tree of one SELECT, as DuckDB's own parser sees it: `{ node, … }`.
 * @throws LakeFailure when the text does not parse, or is another statement, or is several.
 */
export async function parseSelect(parser: SqlParser, sql: string): Promise<Node> {
  if (sql.length > longestSql)
    throw new LakeFailure(`The SQL has ${sql.length} characters; ${longestSql} may be.`);
  const { rows } = await parser.query('SELECT json_serialize_sql($sql::VARCHAR) AS tree', { sql });
  const tree = parseTree(String(rows[0]?.['tree']));
  if (!isNode(tree) || tree['error'] === true) throw refuseText(isNode(tree) ? tree : {});
  const statements = tree['statements'];
  const [only] = Array.isArray(statements) ? statements : [];
  if (!Array.isArray(statements) || statements.length !== 1 || !isNode(only)) {
    throw new LakeFailure('The SQL must be exactly one SELECT.', 'send one statement at a time.');
  }
  return only;
}

function refuseText(tree: Node): LakeFailure {
  if (tree['error_type'] === 'not implemented') {
    return new LakeFailure(
      'Only SELECT is allowed.',
      'write a SELECT (with WITH if needed); run_mapping stores its result in a table.',
    );
  }
  const at = tree['position'] === undefined ? '' : ` (at character ${Number(tree['position']) + 1})`;
  return new LakeFailure(
    `The SQL does not parse: ${String(tree['error_message'])}${at}`,
    'mend the SQL; the dialect is DuckDB.',
  );
}
