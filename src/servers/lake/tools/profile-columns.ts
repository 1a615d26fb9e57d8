import { sniffColumn } from '../sources/sniff-type.ts';
import { quoteText } from '../storage/quote-sql.ts';
import type { ScratchTable } from '../storage/table-store.ts';
import { cutText } from './fit-rows.ts';

/** Exact counting of distinct values costs memory in proportion to them. */
const exactUpToRows = 1_000_000;
const sniffedValues = 5000;

export interface ColumnProfile {
  readonly name: string;
  readonly type: string;
  readonly nulls: number;
  readonly distinct: number;
  readonly distinct_is_approximate?: boolean;
  readonly min: string | number | null;
  readonly max: string | number | null;
  readonly examples: { value: string; rows: number }[];
}

export async function profileColumns(
  scratch: ScratchTable,
  { names, nullValues }: { names: readonly string[]; nullValues: readonly string[] },
) {
  const counted = await scratch.query(
    'SELECT count(*) FILTER (reason IS NULL) AS good, count(*) AS total FROM scratch',
  );
  const rows = Number(counted.rows[0]?.['good'] ?? 0);
  const columns: ColumnProfile[] = [];
  for (const [index, name] of names.entries()) {
    columns.push(await profileColumn(scratch, { name, text: textOf(`c${index}`, nullValues), rows }));
  }
  const isKey = ({ nulls, distinct, distinct_is_approximate }: ColumnProfile): boolean =>
    rows > 0 && nulls === 0 && distinct === rows && !distinct_is_approximate;
  return {
    rows,
    rejected_rows: Number(counted.rows[0]?.['total'] ?? 0) - rows,
    columns,
    candidate_keys: columns.filter(isKey).map(({ name }) => name),
  };
}

function textOf(cell: string, nullValues: readonly string[]): string {
  const nulls = ['', ...nullValues].map(quoteText).join(', ');
  return `CASE WHEN trim(${cell}) IN (${nulls}) THEN NULL ELSE ${cell} END`;
}

async function profileColumn(
  scratch: ScratchTable,
  { name, text, rows }: { name: string; text: string; rows: number },
): Promise<ColumnProfile> {
  const from = `FROM (SELECT n, ${text} AS v FROM scratch WHERE reason IS NULL)`;
  const first = await scratch.query(`SELECT v ${from} WHERE v IS NOT NULL ORDER BY n LIMIT ${sniffedValues}`);
  const { type, kinds } = sniffColumn(first.rows.map((row) => String(row['v']).trim()));
  const ordered = orderedValue(type, kinds.has('decimal_comma'));
  const exact = rows <= exactUpToRows;
  const counted = await scratch.query(
    `SELECT count(*) - count(v) AS nulls, ${exact ? 'count(DISTINCT v)' : 'approx_count_distinct(v)'} AS distinct_values,
       min(${ordered}) AS smallest, max(${ordered}) AS largest ${from}`,
  );
  const frequent = await scratch.query(
    `SELECT v, count(*) AS rows ${from} WHERE v IS NOT NULL GROUP BY v ORDER BY 2 DESC, 1 LIMIT 5`,
  );
  const figures = counted.rows[0] ?? {};
  return {
    name: cutText(name, 200),
    type,
    nulls: Number(figures['nulls'] ?? 0),
    distinct: Number(figures['distinct_values'] ?? 0),
    ...(!exact && { distinct_is_approximate: true }),
    min: shown(figures['smallest']),
    max: shown(figures['largest']),
    examples: frequent.rows.map((row) => ({
      value: cutText(String(row['v']), 80),
      rows: Number(row['rows']),
    })),
  };
}

/** Numbers are compared as numbers, everything else as text. */
function orderedValue(type: string, hasCommas: boolean): string {
  if (!/^(INTEGER|BIGINT|DOUBLE|DECIMAL)/.test(type)) return 'v';
  return hasCommas
    ? "TRY_CAST(CASE WHEN contains(v, ',') THEN replace(replace(v, '.', ''), ',', '.') ELSE v END AS DOUBLE)"
    : 'TRY_CAST(v AS DOUBLE)';
}

function shown(value: unknown): string | number | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'number' ? value : cutText(String(value), 80);
}
