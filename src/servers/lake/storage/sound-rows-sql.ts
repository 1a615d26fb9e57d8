import type { CsvCopy } from '../fast-csv/fast-csv.ts';
import { castSql, cleanText } from './cast-sql.ts';
import { quickCast } from './quick-cast-sql.ts';
import { quoteText } from './quote-sql.ts';
import type { CastRules, TableDefinition } from './table-store.ts';

/** Where the texts of the table's columns stand in copies of clean records (see `fast-csv/`). */
export interface CopiedRecords {
  /** At least one. */
  readonly copies: readonly CsvCopy[];
  /** Fields of a record. */
  readonly width: number;
  /** For each column of the table the field that it is made from; -1 for none. */
  readonly fields: readonly number[];
}

/**
 * SELECT of the records of a copy that are sound in every column: `line`, and the values as `v0`, `v1`, …
 * What it leaves out is judged again, one by one, by `checkBatchSql`, which finds the words for it: here nothing may pass
 * that is not right there, and what is left out costs time only.
 */
export function soundRowsSql(
  definition: TableDefinition,
  { rules, records }: { rules: CastRules; records: CopiedRecords },
): string {
  const { columns } = definition;
  const values = columns.map((_, index) => `v${index}`);
  const steps = columns.map(({ type, nullable }, index) =>
    columnSteps(index, { type, nullable, rules, hasField: (records.fields[index] ?? -1) >= 0 }),
  );
  let sql = readCopySql(records);
  for (const step of ['tried', 'proved', 'cleaned', 'spelled', 'typed'] as const) {
    const added = steps.flatMap((of) => of[step] ?? []);
    if (added.length > 0) sql = `SELECT *, ${added.join(', ')} FROM (${sql})`;
  }
  return `SELECT ${['line', ...values].join(', ')} FROM (${sql}) WHERE ${soundSql(steps)}`;
}

function soundSql(steps: readonly ColumnSteps[]): string {
  const always = steps.flatMap(({ sound }) => sound ?? []);
  const doubts = steps.flatMap(({ doubt }) => doubt ?? []);
  if (doubts.length === 0) return ['true', ...always].join(' AND ');
  const isSound = doubts.map(({ text, value }) => `(${value} IS NOT NULL OR ${text} IS NULL)`).join(' AND ');
  // Nearly all rows have no such value, which one look tells for all columns.
  const hasNone = `coalesce(${doubts.map(({ text }) => text).join(', ')}) IS NULL`;
  return [...always, `CASE WHEN ${hasNone} THEN true ELSE ${isSound} END`].join(' AND ');
}

/** What each of the nested SELECTs adds for one column, and when the column is sound. */
interface ColumnSteps {
  readonly tried?: string;
  readonly proved?: string;
  readonly cleaned?: string;
  readonly spelled?: string;
  readonly typed: string;
  readonly sound?: string;
  /** Where it may be NULL: the text of what is not read yet, and the value that it must have then. */
  readonly doubt?: { readonly text: string; readonly value: string };
}

function columnSteps(
  index: number,
  {
    type,
    nullable,
    rules,
    hasField,
  }: { type: string; nullable: boolean; rules: CastRules; hasField: boolean },
): ColumnSteps {
  const [source, tried, proved, text, spelled, value] = ['c', 'x', 'q', 't', 'm', 'v'].map(
    (letter) => `${letter}${index}`,
  ) as [string, string, string, string, string, string];
  const isThere = nullable ? {} : { sound: `${value} IS NOT NULL` };
  if (!hasField) return { typed: `CAST(NULL AS ${type}) AS ${value}`, ...isThere };
  if (type === 'VARCHAR') {
    // An empty field is read as NULL. Only a text that begins with a blank can be one of nothing but blanks.
    const cleaned = cleanText(source, { type, rules });
    const few = `CASE WHEN ${beginsWithBlank(source)} THEN ${cleaned} ELSE ${source} END`;
    return { typed: `${rules.nullValues.length === 0 ? few : cleaned} AS ${value}`, ...isThere };
  }
  const exact = castSql({ text, spelled, value }, { type, rules });
  const quick = quickCast({ text: source, tried }, { type, rules });
  const isProved = quick ? `${proved} IS NOT NULL` : 'false';
  return {
    ...(quick && { tried: `${quick.value} AS ${tried}` }),
    ...(quick && {
      proved: `CASE WHEN ${quick.isProved}${notNullText(source, rules)} THEN ${tried} END AS ${proved}`,
    }),
    cleaned: `CASE WHEN NOT (${isProved}) AND ${source} IS NOT NULL THEN ${cleanText(source, { type, rules })} END AS ${text}`,
    spelled: `CASE WHEN ${text} IS NOT NULL THEN ${exact.spelling} END AS ${spelled}`,
    typed: `CASE ${quick ? `WHEN ${isProved} THEN ${proved} ` : ''}WHEN ${text} IS NOT NULL THEN ${exact.value} END AS ${value}`,
    ...(nullable ? { doubt: { text, value } } : isThere),
  };
}

/** By the order of its bytes: much cheaper than cutting the blanks off. */
function beginsWithBlank(source: string): string {
  return `${source} < '!' OR (${source} >= '\u00a0' AND ${source} < '\u00a1')`;
}

function notNullText(source: string, { nullValues }: CastRules): string {
  return nullValues.length === 0 ? '' : ` AND ${source} NOT IN (${nullValues.map(quoteText).join(', ')})`;
}

/** A copy needs no sniffing and no quotes. A row that has more fields or fewer is left out. */
function readCopySql({ copies, width, fields }: CopiedRecords): string {
  const columns = [
    "'line': 'BIGINT'",
    ...Array.from({ length: width }, (_, field) => `'f${field}': 'VARCHAR'`),
  ];
  const named = fields.flatMap((field, index) => (field >= 0 ? [`f${field} AS c${index}`] : []));
  const reads = copies.map(
    ({
      path,
      delimiter,
    }) => `SELECT ${['line', ...named].join(', ')} FROM read_csv(${quoteText(path)}, auto_detect=false, header=false,
  delim=${quoteText(delimiter)}, quote='', escape='', new_line='\\n', nullstr='', ignore_errors=true, max_line_size=2097152, buffer_size=8388608, columns={${columns.join(', ')}})`,
  );
  return reads.join(' UNION ALL ');
}
