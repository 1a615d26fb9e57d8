import { isDeepStrictEqual } from 'node:util';
import { LakeFailure } from '../lake-failure.ts';
import { parseSelect, type SqlParser } from './parse-select.ts';
import { isNode, type Node, textAt } from './syntax-tree.ts';
import { instantOfText } from './text-values.ts';
import { numberText, printTree } from './tree-json.ts';

/** A table as it was: a snapshot's id, or a moment as `2026-01-31T00:00:00.000Z`. */
export type Moment = { readonly version: string } | { readonly timestamp: string };

/** A table that a SELECT names. */
export interface NamedTable {
  /** `schema.table`, lower case. */
  readonly name: string;
  readonly at?: Moment;
}

/** @throws LakeFailure when what follows AT is no literal. */
export function namedTable(node: Node): NamedTable {
  const name = `${textAt(node, 'schema_name')}.${textAt(node, 'table_name')}`.toLowerCase();
  const clause = node['at_clause'];
  return isNode(clause) ? { name, at: momentOf(clause) } : { name };
}

/**
 * The SELECT with each `t AT (…)` replaced by the view that holds the table as it was then; the rest stays as it is, which is
 * proved by parsing the new text again.
 */
export async function rewriteTimeTravel(
  parser: SqlParser,
  {
    tree,
    nameOf,
  }: { tree: Node; nameOf: (table: NamedTable) => { readonly schema: string; readonly table: string } },
): Promise<string> {
  const rewritten = replaced(tree, nameOf);
  const json = printTree({ error: false, statements: [rewritten] });
  const { rows } = await parser.query('SELECT json_deserialize_sql($json::JSON) AS sql', { json });
  const sql = String(rows[0]?.['sql']);
  if (isDeepStrictEqual(meaningOf(await parseSelect(parser, sql)), meaningOf(rewritten))) return sql;
  throw new LakeFailure(
    'This SELECT cannot be read at an earlier state: it has a part that cannot be rewritten.',
    'take the earlier state in a SELECT of its own: WITH then AS (SELECT … FROM t AT (…)) ….',
  );
}

function momentOf(clause: Node): Moment {
  const moment = clause['unit'] === 'VERSION' ? versionOf(clause['expr']) : timestampOf(clause['expr']);
  if (moment) return moment;
  throw new LakeFailure(
    'What follows AT is no snapshot and no moment.',
    "write t AT (VERSION => 123) or t AT (TIMESTAMP => '2026-01-31 00:00:00') with a literal; moments are UTC.",
  );
}

function versionOf(expression: unknown): Moment | undefined {
  // A decimal is kept as its digits: 1.5 would be snapshot 15.
  const value = constantValue(expression, /^(INTEGER|BIGINT|VARCHAR)$/);
  const version = numberText(value) ?? String(value);
  return /^\d{1,19}$/.test(version) ? { version } : undefined;
}

function timestampOf(expression: unknown): Moment | undefined {
  const isCast = isNode(expression) && expression['class'] === 'CAST' && expression['try_cast'] !== true;
  const value = constantValue(isCast ? expression['child'] : expression, /^VARCHAR$/);
  const timestamp = typeof value === 'string' ? instantOfText(value) : undefined;
  return timestamp === undefined ? undefined : { timestamp };
}

function constantValue(expression: unknown, types: RegExp): unknown {
  const value = isNode(expression) && expression['class'] === 'CONSTANT' ? expression['value'] : undefined;
  const type = isNode(value) && isNode(value['type']) ? String(value['type']['id']) : '';
  return isNode(value) && types.test(type) ? value['value'] : undefined;
}

function replaced(node: Node, nameOf: Parameters<typeof rewriteTimeTravel>[1]['nameOf']): Node {
  if (node['type'] === 'BASE_TABLE' && isNode(node['at_clause'])) {
    const { schema, table } = nameOf(namedTable(node));
    const alias = textAt(node, 'alias') || textAt(node, 'table_name');
    return { ...node, schema_name: schema, table_name: table, alias, at_clause: null };
  }
  if (node['class'] === 'CONSTANT' && isNode(node['value'])) return exactConstant(node, node['value']);
  return mapNode(node, (child) => replaced(child, nameOf));
}

/** A double is printed as `1000.0`, which is read as a decimal. */
function exactConstant(node: Node, { type, value }: Node): Node {
  const digits = numberText(value);
  if (!isNode(type) || !/^(DOUBLE|FLOAT)$/.test(String(type['id'])) || digits === undefined) return node;
  const text = { type: { id: 'VARCHAR', type_info: null }, is_null: false, value: digits };
  const { value: _, ...place } = node;
  const child = { ...node, alias: '', value: text };
  return { ...place, class: 'CAST', type: 'OPERATOR_CAST', child, cast_type: type, try_cast: false };
}

function mapNode(node: Node, change: (child: Node) => Node): Node {
  const changed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(changed);
    return isNode(value) && numberText(value) === undefined ? change(value) : value;
  };
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, changed(value)]));
}

/** Without what says nothing about the result: places in the text, and whether a WITH is to be kept in memory. */
function meaningOf(node: Node): unknown {
  const { query_location: _, materialized: __, ...rest } = node;
  return mapNode(rest, (child) => meaningOf(child) as Node);
}
