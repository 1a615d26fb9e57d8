import { quoteName, quoteText, scanTable, tableName } from '../../servers/lake/iceberg/index.ts';
import { ingestErrorsTable } from '../../servers/lake/storage/audit-columns.ts';
import { hiddenLoadsSql, withoutLoads } from '../../servers/lake/storage/rejects-in-force.ts';
import { counted } from '../render/counts.ts';
import { recordPlace } from '../render/record-place.ts';
import type { RowKey } from './find-row.ts';
import type { KeyWay } from './key-way.ts';
import type { LakeReader, SqlRow } from './lake-reader.ts';
import type { Sources } from './question.ts';
import { type MatchedRejects, rejectsWithKey } from './rejects-with-key.ts';

const mostShown = 3;
// A record takes a row in a statement of its own; of a load that rejected a million the newest are looked into.
const mostRead = 20_000;

export interface RejectedQuestion {
  readonly table: string;
  readonly key: RowKey;
  /** The asked table and those behind it, in lower case, and how the key is made of their columns. */
  readonly ways: ReadonlyMap<string, KeyWay>;
  /** What was rejected later says nothing of the asked state. */
  readonly untilMs?: number;
}

/**
 * Rejected records that would have had the key: why a row is missing is mostly asked because of them. The fields that the key is
 * made of are read as the load read them, and go the way of the key through the mappings. Where that cannot be decided,
 * a record that holds the values as texts is told, as one found by value.
 */
export async function rejectedWith(sources: Sources, question: RejectedQuestion): Promise<string[]> {
  const values = Object.values(question.key).flatMap((value) => (value ? [value] : []));
  if (values.length === 0 || !sources.lake.tables().includes(ingestErrorsTable)) return [];
  const exact: string[] = [];
  const undecided: Undecided[] = [];
  const unread: string[] = [];
  for (const [table, way] of question.ways) {
    const { rows, found } = await rejectsOf(sources.lake, { table, values, untilMs: question.untilMs });
    if (rows.length === 0) continue;
    const matched = await rejectsWithKey(sources, { ...question, of: table, way, rows });
    exact.push(...matched.certain.map((row) => exactWords(row, { question, of: table, way })));
    undecided.push(...matched.undecided);
    if (found > rows.length)
      unread.push(`${found - rows.length} earlier rejected records of ${table} were not looked into.`);
  }
  const found = [...exact, ...byValueWords(undecided, values)];
  const more = found.length - mostShown;
  return [
    ...found.slice(0, mostShown),
    ...(more > 0 ? [`${more} more rejected records like these are in ${ingestErrorsTable}.`] : []),
    ...(exact.length > 0 ? [] : [...unknownWords(undecided, question.key), ...unread]),
  ];
}

/** The newest rejects of a table that are in force; `holds`: all the values stand in it as whole words. */
async function rejectsOf(
  lake: LakeReader,
  {
    table,
    values,
    untilMs,
  }: { readonly table: string; readonly values: readonly string[]; readonly untilMs: number | undefined },
): Promise<{ readonly rows: readonly SqlRow[]; readonly found: number }> {
  const scan = await scanTable(lake.warehouse, { table: tableName(ingestErrorsTable) });
  const hidden = lake.records(hiddenLoadsSql).map(({ id }) => String(id));
  const holds = values
    .map((value) => `regexp_matches(raw_row, ${quoteText(wholeWord(value))})`)
    .join(' AND ');
  const until = untilMs === undefined ? '' : ` AND epoch_ms(_ingested_at) <= ${untilMs}`;
  const rows = await lake.run(
    `SELECT *, coalesce(${holds}, false) AS ${quoteName(holdsColumn)}, count(*) OVER () AS "__found" FROM (${withoutLoads(scan.sql, hidden)})
     WHERE lower(target_table) = ${quoteText(table)}${until} ORDER BY _ingested_at DESC, source_file, line LIMIT ${mostRead}`,
  );
  return { rows, found: Number(rows[0]?.['__found'] ?? 0) };
}

const holdsColumn = '__holds';

function exactWords(
  { row, cells, fields }: MatchedRejects['certain'][number],
  { question, of, way }: { question: RejectedQuestion; of: string; way: KeyWay },
): string {
  const key = wordsOf(question.key);
  const by = Object.entries(cells).map(([column, cell]) => {
    const field = fields?.[column] ?? column;
    return `${column} ${JSON.stringify(cell)}${field === column ? '' : `, in the file ${JSON.stringify(field)}`}`;
  });
  const has = way.steps.length === 0 ? `has ${key}` : `would give ${key}`;
  return `A rejected record of ${of} ${has} (${by.join('; ')}): ${placeOf(row)} (${ingestErrorsTable}).`;
}

const wordsOf = (key: RowKey): string =>
  Object.entries(key)
    .map(([column, value]) => `${column} = ${value ?? 'NULL'}`)
    .join(', ');

interface Undecided {
  readonly row: SqlRow;
  readonly why: string;
}

function byValueWords(undecided: readonly Undecided[], values: readonly string[]): string[] {
  const words = values.map((value) => JSON.stringify(value)).join(', ');
  return undecided
    .filter(isHolding)
    .map(
      ({ row, why }) =>
        `A rejected record of ${String(row['target_table'])} holds ${words} (by value, its fields are not known: ${why}): ${placeOf(row)} (${ingestErrorsTable}).`,
    );
}

const isHolding = ({ row }: Undecided): boolean => row[holdsColumn] === true;

/** A key that a mapping makes stands in no record: of those that cannot be read nothing is known then. */
function unknownWords(undecided: readonly Undecided[], key: RowKey): string[] {
  const others = undecided.filter((one) => !isHolding(one));
  const [first] = others;
  if (!first) return [];
  const whys = [...new Set(others.map(({ why }) => why))];
  const told = whys.slice(0, 3).join('; ') + (whys.length > 3 ? '; …' : '');
  return [
    `Of ${counted(others.length, 'rejected record')} it is not known whether one has ${wordsOf(key)}: ${told} (${ingestErrorsTable}, the first: ${placeOf(first.row)}).`,
  ];
}

/** What a mapping set aside is from no file. */
function placeOf(row: SqlRow): string {
  const what = String(row['detail'] ?? row['reason']);
  if (row['source_file'] === null || row['source_file'] === undefined)
    return `set aside by the mapping of ${String(row['target_table'])}${row['call_id'] ? `, call ${String(row['call_id'])}` : ''}, ${what}`;
  const file = String(row['source_file']);
  return `${recordPlace(String(row['line']), { file })} of ${file}, ${what}`;
}

/** `4` is not in `144` nor in `4,50`. */
const wholeWord = (value: string): string =>
  String.raw`(^|[^\w.,-]|[^\d][.,])${value.replaceAll(/[^\p{L}\p{N}_]/gu, String.raw`\$&`)}($|[^\w.,-]|[.,]([^\d]|$))`;
