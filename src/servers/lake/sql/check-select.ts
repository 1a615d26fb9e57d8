import { nearest } from '../../../errors/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { changingFunctions, changingNames, harmlessTableFunctions } from './function-rules.ts';
import { parseSelect, type SqlParser } from './parse-select.ts';
import { isNode, type Node, nodesIn } from './syntax-tree.ts';

/**
 * Lets one SELECT through that reads nothing but tables of the lake. DuckDB's own parser says what the text is; what it
 * says is walked node by node, and what is not known to be harmless is refused.
 * Gives the SQL without a closing semicolon.
 * @throws LakeFailure saying what is not allowed and what to write instead.
 */
export async function checkSelect(
  store: SqlParser & { listTables(): Promise<readonly { readonly table: string }[]> },
  sql: string,
): Promise<string> {
  const statement = await parseSelect(store, sql);
  checkTree(statement, { tables: (await store.listTables()).map(({ table }) => table) });
  return withoutSemicolon(sql);
}

/** @throws LakeFailure when the tree reads anything but these tables, or is not known to be harmless. */
export function checkTree(statement: Node, { tables }: { tables: readonly string[] }): void {
  walk(statement, { tables: new Set(tables), ctes: new Set() });
}

export function withoutSemicolon(sql: string): string {
  return sql.trim().replace(/(;\s*)+$/, '');
}

interface Scope {
  readonly tables: ReadonlySet<string>;
  /** Names of WITH that are visible here. */
  readonly ctes: ReadonlySet<string>;
}

function walk(node: Node, outer: Scope): void {
  const scope = withCtes(node, outer);
  judge(node, scope);
  for (const child of nodesIn(node)) walk(child, scope);
}

/** A WITH name hides a table below the node that declares it, and nowhere else. */
function withCtes(node: Node, scope: Scope): Scope {
  const declared = isNode(node['cte_map']) ? node['cte_map']['map'] : undefined;
  const names = Array.isArray(declared)
    ? declared.filter(isNode).map((entry) => String(entry['key']).toLowerCase())
    : [];
  const recursive =
    node['type'] === 'RECURSIVE_CTE_NODE' || node['type'] === 'CTE_NODE'
      ? [String(node['cte_name']).toLowerCase()]
      : [];
  const all = [...names, ...recursive];
  return all.length === 0 ? scope : { ...scope, ctes: new Set([...scope.ctes, ...all]) };
}

const judges: Readonly<Record<string, (node: Node, scope: Scope) => void>> = {
  BASE_TABLE: judgeTable,
  TABLE_FUNCTION: judgeTableFunction,
  SHOW_REF: refuseShow,
  COLUMN_REF: judgeColumn,
  FUNCTION: judgeFunction,
};

function judge(node: Node, scope: Scope): void {
  if (isNode(node['sample'])) {
    throw new LakeFailure('SAMPLE gives other rows each time.', 'filter or use ORDER BY with LIMIT.');
  }
  judges[String(node['type'])]?.(node, scope);
  if (isNode(node['from_table'])) judgeSource(node['from_table']);
  if (node['type'] === 'JOIN') for (const side of ['left', 'right']) judgeSource(node[side]);
}

/** The kinds of FROM that are judged or walked on; a kind that a later DuckDB adds is refused until it is known. */
const knownSources = new Set([
  'BASE_TABLE',
  'TABLE_FUNCTION',
  'SHOW_REF',
  'JOIN',
  'SUBQUERY',
  'EMPTY',
  'EMPTY_FROM',
  'EXPRESSION_LIST',
  'PIVOT',
]);

function judgeSource(source: unknown): void {
  const kind = isNode(source) ? String(source['type']) : 'nothing';
  if (knownSources.has(kind)) return;
  throw new LakeFailure(`FROM with ${kind} is not allowed.`, 'read tables of the lake by name.');
}

function refuseShow(): void {
  throw new LakeFailure(
    'SHOW, DESCRIBE and SUMMARIZE are not allowed here.',
    'call list_tables, describe_table or profile_file.',
  );
}

function judgeTable(node: Node, { tables, ctes }: Scope): void {
  const catalog = String(node['catalog_name'] ?? '');
  const schema = String(node['schema_name'] ?? '').toLowerCase();
  const table = String(node['table_name'] ?? '').toLowerCase();
  if (catalog === '' && schema === '' && ctes.has(table)) return;
  const name = schema === '' ? table : `${schema}.${table}`;
  if (catalog === '' && tables.has(name)) return;
  const near = [...tables].filter((known) => known.endsWith(`.${table}`)).concat(nearest(name, tables));
  throw new LakeFailure(
    `"${catalog === '' ? name : `${catalog}.${name}`}" is no table of the lake.`,
    near[0] === undefined
      ? 'list_tables shows the tables; write schema.table.'
      : `did you mean ${near[0]}? Files are read by ingest only.`,
  );
}

function judgeTableFunction(node: Node): void {
  const called = isNode(node['function']) ? String(node['function']['function_name']).toLowerCase() : '';
  if (harmlessTableFunctions.has(called)) return;
  throw new LakeFailure(
    `The table function ${called}() is not allowed.`,
    'files are read by inspect_file and ingest; SQL reads tables of the lake, range() and unnest().',
  );
}

function judgeFunction(node: Node): void {
  const called = String(node['function_name']).toLowerCase();
  if (!changingFunctions.has(called) && !/^(pg_|read_|duckdb_|pragma_)/.test(called)) return;
  throw new LakeFailure(
    `${called}() is not allowed: its result depends on the machine or the moment, not on the data.`,
    "write the value as a literal, e.g. DATE '2026-01-31'.",
  );
}

function judgeColumn(node: Node): void {
  const names = node['column_names'];
  const [name] = Array.isArray(names) && names.length === 1 ? names : [];
  if (typeof name === 'string' && changingNames.has(name.toLowerCase())) {
    throw new LakeFailure(
      `${name} is not allowed: it changes from run to run.`,
      'write the value as a literal.',
    );
  }
}
