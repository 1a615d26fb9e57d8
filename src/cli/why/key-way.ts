import type { ColumnRule } from '../../lineage/answer.ts';
import { quoteName } from '../../servers/lake/iceberg/index.ts';
import type { LakeReader } from './lake-reader.ts';
import { names } from './rule-words.ts';

/** How a key's columns are made of the columns of one table: from the asked table back to that one, a step for each statement. */
export interface KeyWay {
  readonly steps: readonly KeyStep[];
  /** Columns of the last table that the key is made of. */
  readonly needed: readonly string[];
  /** Why the key cannot be made of this table's columns alone. */
  readonly unknown?: string;
}

export interface KeyStep {
  /** As the statement names what it reads: `schema.table`, or `schema.table@<moment>`. */
  readonly view: string;
  /** One list for each branch of the statement that reads the view. */
  readonly branches: readonly (readonly { readonly column: string; readonly expression: string }[])[];
}

export const keyItself = (columns: readonly string[]): KeyWay => ({ steps: [], needed: columns });

/** One statement further back. Its views are open in the lake's session: what DuckDB cannot bind over one of them needs another. */
export async function keyWayThrough(
  lake: LakeReader,
  {
    way,
    view,
    rules,
  }: {
    readonly way: KeyWay;
    readonly view: string;
    readonly rules: readonly ColumnRule[];
  },
): Promise<KeyWay> {
  if (way.unknown !== undefined) return way;
  const columns: MadeColumn[] = [];
  for (const column of way.needed) {
    const rule = rules.find((one) => one.column.toLowerCase() === column.toLowerCase());
    const expressions = rule ? await expressionsOver(lake, { rule, view }) : [];
    if (expressions.length === 0) return { ...way, unknown: `${column} is not made of ${view} alone` };
    columns.push({ column, expressions, from: rule ? columnsIn(rule, view) : [] });
  }
  const [count = 0, ...others] = new Set(columns.map(({ expressions }) => expressions.length));
  if (others.length > 0) return { ...way, unknown: `the SQL reads ${view} in several ways` };
  const branches = Array.from({ length: count }, (_none, branch) =>
    columns.map(({ column, expressions }) => ({ column, expression: expressions[branch] ?? 'NULL' })),
  );
  const needed = new Set(columns.flatMap(({ from }) => from));
  return { steps: [...way.steps, { view, branches }], needed: [...needed] };
}

interface MadeColumn {
  readonly column: string;
  readonly expressions: readonly string[];
  /** Columns of the view. */
  readonly from: readonly string[];
}

const columnsIn = ({ direct }: ColumnRule, view: string): string[] =>
  direct.flatMap(({ table, column }) =>
    table.toLowerCase() === view.toLowerCase() && column !== '*' ? [column] : [],
  );

/**
 * Those of a column's expressions that have all that they name from the one table. A sum over rows says nothing of one of them,
 * and a constant of one branch of a UNION nothing of the others.
 */
async function expressionsOver(
  lake: LakeReader,
  { rule, view }: { readonly rule: ColumnRule; readonly view: string },
): Promise<readonly string[]> {
  if (rule.direct.some(({ use }) => use === 'AGGREGATION')) return [];
  const own: string[] = [];
  for (const expression of rule.expressions) {
    const isOfView = rule.expressions.length === 1 || names(expression, view);
    if (isOfView && (await canBeRun(lake, `DESCRIBE SELECT ${expression} FROM ${viewName(view)}`)))
      own.push(expression);
  }
  return own;
}

async function canBeRun(lake: LakeReader, sql: string): Promise<boolean> {
  try {
    await lake.run(sql);
    return true;
  } catch {
    // It names another table, or something that only its own statement has: either way it says nothing of this table alone.
    return false;
  }
}

export function viewName(view: string): string {
  const [schema = '', ...name] = view.split('.');
  return `${quoteName(schema)}.${quoteName(name.join('.'))}`;
}
