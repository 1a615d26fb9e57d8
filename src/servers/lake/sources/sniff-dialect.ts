import { CsvSplitter, type RawRow } from './csv-splitter.ts';
import { sniffValue } from './sniff-type.ts';
import type { CsvDialect, SourceOptions } from './source.ts';

/** Longer ones first: `+|` must win over the `|` that it contains. */
const delimiterCandidates = ['+|', '|~|', '~|~', '||', ';', '\t', ',', '|', '^', '~', ':'];
const mostPreambleLines = 20;

/** What the options leave open is found out from the head of the file. */
export function sniffDialect(head: string, options: SourceOptions): CsvDialect {
  const quote = options.quote ?? '"';
  const record_separator = options.record_separator ?? sniffRecordSeparator(head, options.delimiter);
  const rowsWith = (delimiter: string): readonly RawRow[] =>
    headRows(head, { delimiter, quote, record_separator });
  const delimiter = options.delimiter ?? bestDelimiter(rowsWith);
  const rows = rowsWith(delimiter);
  const width = usualWidth(rows);
  const skip_lines = options.skip_lines ?? preambleLines(rows, width);
  const body = rows.filter((row) => row.line > skip_lines);
  return {
    delimiter,
    quote,
    ...(record_separator !== undefined && { record_separator }),
    header: options.header ?? looksLikeHeader(body),
    skip_lines,
  };
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

function headRows(
  head: string,
  dialect: { delimiter: string; quote: string; record_separator: string | undefined },
): readonly RawRow[] {
  const lineEnd = lineEndOf(head);
  const splitter = new CsvSplitter({ ...dialect, recordEnd: dialect.record_separator ?? lineEnd, lineEnd });
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
