import { grammarOf } from './csv-grammar.ts';
import { CsvSplitter, type RawRow } from './csv-splitter.ts';
import { sniffValue } from './sniff-type.ts';
import type { CsvDialect, SourceOptions } from './source.ts';

/** Longer ones first: `+|` must win over the `|` that it contains. */
const delimiterCandidates = ['+|', '|~|', '~|~', '||', ';', '\t', ',', '|', '^', '~', ':'];
const mostPreambleLines = 20;

/** What the options leave open is found out from the head of the file. */
export function sniffDialect(head: string, options: SourceOptions): CsvDialect {
  const said = readHead(head, { options, quoting: quotingOf(options) });
  const { delimiter, rows, quoting, record_separator } =
    otherQuotings(head, options)
      .map((other) => readHead(head, { options, quoting: other }))
      .find((other) => isBeyondDoubt(other, said)) ?? said;
  const skip_lines = options.skip_lines ?? preambleLines(rows, usualWidth(rows));
  const body = rows.filter((row) => row.line > skip_lines);
  return {
    delimiter,
    ...quoting,
    ...(record_separator !== undefined && { record_separator }),
    header: options.header ?? looksLikeHeader(body),
    skip_lines,
  };
}

type Quoting = Pick<CsvDialect, 'quote' | 'escape' | 'comment' | 'trim_quotes'>;

function quotingOf(options: SourceOptions): Quoting {
  const { quote = '"', comment, trim_quotes } = options;
  return {
    quote,
    ...(options.escape !== undefined && { escape: options.escape }),
    ...(comment !== undefined && { comment }),
    ...(trim_quotes && { trim_quotes }),
  };
}

interface HeadReading {
  readonly delimiter: string;
  readonly record_separator: string | undefined;
  readonly quoting: Quoting;
  readonly rows: readonly RawRow[];
}

function readHead(
  head: string,
  { options, quoting }: { options: SourceOptions; quoting: Quoting },
): HeadReading {
  const record_separator = options.record_separator ?? sniffRecordSeparator(head, options.delimiter);
  const rowsWith = (delimiter: string): readonly RawRow[] =>
    headRows(head, { ...quoting, delimiter, ...(record_separator !== undefined && { record_separator }) });
  const delimiter = options.delimiter ?? bestDelimiter(rowsWith);
  return { delimiter, record_separator, quoting, rows: rowsWith(delimiter) };
}

/** Tried only where the head holds what they are there for. */
function otherQuotings(head: string, options: SourceOptions): readonly Quoting[] {
  const said = quotingOf(options);
  const { quote } = said;
  if (quote === '') return [];
  const escaped = { escape: '\\' };
  const mayEscape = options.escape === undefined && head.includes(escaped.escape + quote);
  const mayTrim =
    options.trim_quotes === undefined && (head.includes(` ${quote}`) || head.includes(`${quote} `));
  return [
    ...(mayEscape ? [{ ...said, ...escaped }] : []),
    ...(mayTrim ? [{ ...said, trim_quotes: true as const }] : []),
    ...(mayEscape && mayTrim ? [{ ...said, ...escaped, trim_quotes: true as const }] : []),
  ];
}

/** It makes sense of every row, and what the options say by themselves does not, or of fewer. */
function isBeyondDoubt(other: HeadReading, said: HeadReading): boolean {
  const [first, firstAsSaid] = [firstOfTable(other.rows), firstOfTable(said.rows)];
  if (first === undefined || holdsQuotes(other)) return false;
  return firstAsSaid === undefined || first < firstAsSaid || holdsQuotes(said);
}

/** Where the rows of one width begin that go on to the end; undefined where some are of another width. */
function firstOfTable(rows: readonly RawRow[]): number | undefined {
  const width = usualWidth(rows);
  const first = rows.findIndex((row) => row.cells.length === width);
  const isTable = rows.slice(first).every((row) => row.fault === undefined && row.cells.length === width);
  return isTable && width > 1 && rows.length > 1 && first <= mostPreambleLines ? first : undefined;
}

/** Values in quotes of their own, behind a blank: nobody writes that and means the quotes. */
function holdsQuotes({ rows, quoting: { quote } }: HeadReading): boolean {
  const isQuoted = (cell: string): boolean => {
    const text = cell.trim();
    return text !== cell && text.length > 1 && text.startsWith(quote) && text.endsWith(quote);
  };
  return rows.some((row) => row.cells.some(isQuoted));
}

export function lineEndOf(head: string): string {
  return !head.includes('\n') && head.includes('\r') ? '\r' : '\n';
}

/** Field count of most rows. */
export function usualWidth(rows: readonly RawRow[]): number {
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(row.cells.length, (counts.get(row.cells.length) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0] ?? 0;
}

function headRows(head: string, dialect: Omit<CsvDialect, 'header' | 'skip_lines'>): readonly RawRow[] {
  const splitter = new CsvSplitter(grammarOf(dialect, { lineEnd: lineEndOf(head) }));
  const rows = [...splitter.push(head), ...splitter.end()];
  // The head's last row is usually cut in the middle.
  return rows.length > 2 ? rows.slice(0, -1) : rows;
}

function bestDelimiter(rowsWith: (delimiter: string) => readonly RawRow[]): string {
  let best = { delimiter: ',', score: 0 };
  for (const delimiter of delimiterCandidates) {
    const rows = rowsWith(delimiter);
    const width = usualWidth(rows);
    if (width < 2) continue;
    const regular = rows.filter((row) => row.cells.length === width).length / rows.length;
    const score = regular * regular * Math.log2(width + 1) * (delimiter.length > 1 ? 1.5 : 1);
    if (score > best.score + 1e-9) best = { delimiter, score };
  }
  return best.delimiter;
}

/** Bulk exports end records with signs of their own (`&|`), because their fields hold line feeds. */
function sniffRecordSeparator(head: string, delimiter: string | undefined): string | undefined {
  if (delimiter !== undefined && delimiter.length < 2) return undefined;
  const ends = head.match(/[^\w\s"'.,;<>)\]}]{2}(?=\r?\n)/g) ?? [];
  const first = ends[0];
  if (first === undefined || ends.length < 2 || !head.includes('+|')) return undefined;
  return ends.every((end) => end === first) ? first : undefined;
}

/** Titles and export notes above the table: lines before the first that is as wide as most. */
function preambleLines(rows: readonly RawRow[], width: number): number {
  if (width < 2) return 0;
  const first = rows.findIndex((row) => row.cells.length === width);
  const row = rows[first];
  return first > 0 && first <= mostPreambleLines && row !== undefined ? row.line - 1 : 0;
}

function looksLikeHeader(rows: readonly RawRow[]): boolean {
  const first = rows[0]?.cells.map((cell) => cell.trim()) ?? [];
  if (first.length === 0 || first.some((cell) => cell.length > 80)) return false;
  const filled = first.filter((cell) => cell !== '');
  if (filled.length < first.length / 2) return false;
  if (filled.some((cell) => sniffValue(cell) !== 'text')) return false;
  if (rows.length === 1) return true;
  return differsFromBody(first, rows.slice(1)) || filled.every(looksLikeName);
}

/** A column whose values are numbers or dates and whose first cell is a word has a header. */
function differsFromBody(first: readonly string[], body: readonly RawRow[]): boolean {
  return first.some((_, index) => {
    const values = body.map((row) => row.cells[index]?.trim() ?? '').filter((value) => value !== '');
    return values.length > 0 && values.every((value) => sniffValue(value) !== 'text');
  });
}

function looksLikeName(cell: string): boolean {
  return /^[\p{L}_@#][\p{L}\p{N} _.\-/()#%€$:]{0,60}$/u.test(cell);
}
