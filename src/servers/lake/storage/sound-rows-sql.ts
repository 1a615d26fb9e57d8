import { castSql, cleanText } from './cast-sql.ts';
import { quickCast } from './quick-cast-sql.ts';
import { quoteText } from './quote-sql.ts';
import type { CastRules, TableDefinition } from './table-store.ts';

/** Where the texts of the table's columns stand in a copy of clean records (see `fast-csv/`). */
export interface CopiedRecords {
  readonly copy: string;
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
  const sound = steps.flatMap((of) => of.sound ?? []);
  const where = sound.length > 0 ? ` WHERE ${sound.join(' AND ')}` : '';
  return `SELECT ${['line', ...values].join(', ')} FROM (${sql})${where}`;
}

/** What each of the nested SELECTs adds for one column, and when the column is sound. */
interface ColumnSteps {
  readonly tried?: string;
  readonly proved?: string;
  readonly cleaned?: string;
  readonly spelled?: string;
  readonly typed: string;
  readonly sound?: string;
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
    // A field of blanks alone was copied as an empty one, which is read as NULL.
    const cleaned = rules.nullValues.length === 0 ? source : cleanText(source, { type, rules });
    return { typed: `${cleaned} AS ${value}`, ...isThere };
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
    sound: nullable ? `(${value} IS NOT NULL OR ${text} IS NULL)` : `${value} IS NOT NULL`,
  };
}

function notNullText(source: string, { nullValues }: CastRules): string {
  return nullValues.length === 0 ? '' : ` AND ${source} NOT IN (${nullValues.map(quoteText).join(', ')})`;
}

/** The copy needs no sniffing and no quotes; a row that is not of its shape stops the reading. */
function readCopySql({ copy, width, fields }: CopiedRecords): string {
  const columns = [
    "'line': 'BIGINT'",
    ...Array.from({ length: width }, (_, field) => `'f${field}': 'VARCHAR'`),
  ];
  const named = fields.flatMap((field, index) => (field >= 0 ? [`f${field} AS c${index}`] : []));
  return `SELECT ${['line', ...named].join(', ')} FROM read_csv(${quoteText(copy)}, auto_detect=false, header=false,
  delim='\u001f', quote='', escape='', new_line='\\n', nullstr='', max_line_size=2097152, buffer_size=8388608, columns={${columns.join(', ')}})`;
}
