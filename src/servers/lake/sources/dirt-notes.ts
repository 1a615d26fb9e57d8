import type { SniffedColumn } from './sniff-type.ts';
import type { Source } from './source.ts';
import { mostTableColumns, type Survey } from './survey-source.ts';

const mostNotes = 40;

/** What a data engineer would write on a slip of paper about the file. */
export function dirtNotes(
  source: Source,
  { survey, sniffed }: { survey: Survey; sniffed: readonly SniffedColumn[] },
): string[] {
  const notes = [...fileNotes(source, survey), ...faultNotes(survey)];
  survey.columns.forEach((name, index) => {
    const column = sniffed[index];
    if (column) notes.push(...columnNotes(name, { column, values: survey.values[index] ?? [] }));
  });
  notes.push(...kindNotes(source, survey));
  if (notes.length <= mostNotes) return notes;
  return [...notes.slice(0, mostNotes), `${notes.length - mostNotes} more notes are left out`];
}

function fileNotes(source: Source, survey: Survey): string[] {
  const notes: string[] = [];
  const { encoding, dialect } = source.shape;
  if (encoding !== undefined && encoding !== 'utf-8') notes.push(`encoding is ${encoding}, not UTF-8`);
  if (dialect && dialect.skip_lines > 0)
    notes.push(`${dialect.skip_lines} lines above the table are skipped`);
  if (dialect && !dialect.header) notes.push('no header: columns are named column1, column2, …');
  if (source.columns.length > survey.columns.length) {
    const isTooWide = source.columns.length > mostTableColumns;
    const choose = `; a table has at most ${mostTableColumns}: create it with those that are asked for, ingest leaves out the others`;
    notes.push(
      `${source.columns.length} columns; only the first ${survey.columns.length} were looked at${isTooWide ? choose : ''}`,
    );
  }
  if (!survey.complete) notes.push(`large file: only the first ${survey.records} records were looked at`);
  if (survey.records === 0) notes.push('no records');
  const repeated = source.columns.filter((name) => isRepetition(name, source.columns));
  if (repeated.length > 0)
    notes.push(`repeated header names got a number: ${repeated.slice(0, 10).join(', ')}`);
  return notes;
}

function isRepetition(name: string, all: readonly string[]): boolean {
  const match = /^(.*)_(\d+)$/.exec(name);
  const isText = match !== null && Number(match[2]) >= 2 && all.includes(match[1] ?? '');
  return isText && (match[2] === '2' || all.includes(`${match[1]}_2`));
}

function faultNotes({ faults }: Survey): string[] {
  return [...faults]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([reason, { count, firstLine, detail }]) =>
        `${count} records have ${reason}, first at line ${firstLine}: ${detail}`,
    );
}

function columnNotes(
  name: string,
  { column, values }: { column: SniffedColumn; values: readonly string[] },
): string[] {
  const notes: string[] = [];
  const { kinds, nullMarkers } = column;
  const found = (kind: Parameters<typeof kinds.get>[0]): number => kinds.get(kind) ?? 0;
  if (nullMarkers.length > 0)
    notes.push(`"${name}": null is also written ${nullMarkers.map((text) => `"${text}"`).join(', ')}`);
  if (found('decimal_comma') > 0) {
    notes.push(
      `"${name}": ${found('decimal_comma')} decimal commas${found('decimal') > 0 ? ` and ${found('decimal')} decimal points` : ''}`,
    );
  }
  if (found('local_date') > 0 && found('date') + found('timestamp') > 0)
    notes.push(`"${name}": mixed date formats`);
  const numbers = found('integer') + found('decimal') + found('decimal_comma');
  if (found('text') > 0 && numbers > found('text') * 4) {
    notes.push(`"${name}": ${found('text')} values are no numbers, ${numbers} are`);
  }
  const padded = values.filter((value) => value !== value.trim()).length;
  if (padded > 0) notes.push(`"${name}": ${padded} values have blanks at the ends`);
  return notes;
}

/** One list with records of several kinds: each kind is a table of its own. */
function kindNotes(source: Source, survey: Survey): string[] {
  if (source.format === 'csv' || source.format === 'xlsx') return [];
  const index = survey.columns.findIndex((name) =>
    /^@?_?(model|type|kind|class|entity|record_type)$/i.test(name),
  );
  const counts = new Map<string, number>();
  for (const value of survey.values[index] ?? []) counts.set(value, (counts.get(value) ?? 0) + 1);
  if (counts.size < 2 || counts.size > 60) return [];
  const kinds = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 30);
  const path = survey.columns[index];
  return [
    `records of ${counts.size} kinds by "${path}": ${kinds.map(([kind, count]) => `${kind} (${count})`).join(', ')}; record_filter picks one`,
  ];
}
