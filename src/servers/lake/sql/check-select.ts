import { nearest } from '../../../errors/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { changingNames } from './function-rules.ts';
import { judgeCast, judgeFunction, judgeTableFunction } from './judge-function.ts';
import { knownSources, unknownKind } from './node-kinds.ts';
import { isNode, type Node, nodesIn } from './syntax-tree.ts';
import { checkSize } from './tree-size.ts';

/**
 * Lets one SELECT through that reads nothing but these tables. DuckDB's own parser has said what the text is; what it said is
 * walked node by node, and what is not known to be harmless is refused.
 * @throws LakeFailure saying what is not allowed and what to write instead.
 */
export function checkTree(statement: Node, { tables }: { tables: readonly string[] }): void {
  checkSize(statement);
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
  for (const child of nodesIn(node)) {
    // A function that gives rows is judged as such, and gives them one after the other: only its arguments are values.
    if (node['type'] === 'TABLE_FUNCTION' && child === node['function']) walkInto(child, scope);
    else walk(child, scope);
  }
}

function walkInto(node: Node, scope: Scope): void {
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

function judge(node: Node, scope: Scope): void {
  const unknown = unknownKind(node);
  if (unknown !== undefined) throw refuseKind(unknown);
  if (isNode(node['sample'])) {
    throw new LakeFailure('SAMPLE gives other rows each time.', 'filter or use ORDER BY with LIMIT.');
  }
  if (node['class'] === 'FUNCTION' || node['class'] === 'WINDOW') judgeFunction(node);
  else judges[String(node['type'])]?.(node, scope);
  if (isNode(node['from_table'])) judgeSource(node['from_table']);
  if (node['type'] === 'JOIN') for (const side of ['left', 'right']) judgeSource(node[side]);
}

const judges: Readonly<Record<string, (node: Node, scope: Scope) => void>> = {
  BASE_TABLE: judgeTable,
  TABLE_FUNCTION: judgeTableFunction,
  SHOW_REF: refuseShow,
  COLUMN_REF: judgeColumn,
  OPERATOR_CAST: judgeCast,
};

function refuseKind(kind: string): LakeFailure {
  return kind === 'PARAMETER'
    ? new LakeFailure('A parameter (?, $1, $name) has no value here.', 'write the value as a literal.')
    : new LakeFailure(`SQL with ${kind} is not allowed: it is not known to be harmless.`);
}

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
  // `"schema.table"` in one pair of quotes is one name, and none of the lake.
  if (catalog === '' && schema !== '' && tables.has(name)) return;
  const near = [...tables].filter((known) => known.endsWith(`.${table}`)).concat(nearest(name, tables));
  throw new LakeFailure(
    `"${catalog === '' ? name : `${catalog}.${name}`}" is no table of the lake.`,
    near[0] === undefined
      ? 'list_tables shows the tables; write schema.table.'
      : `did you mean ${near[0]}? Files are read by ingest only.`,
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
