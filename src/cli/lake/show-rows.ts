import type { Json } from '../../domain/json.ts';
import { clipLine } from '../render/clip.ts';
import { counted } from '../render/counts.ts';
import { type Align, renderTable, visibleWidth } from '../render/table.ts';
import type { Terminal } from '../terminal.ts';
import { wrongUsage } from '../wrong-usage.ts';
import { cellText, isNumeric, jsonText, jsonValue, onOneLine } from './cell-text.ts';
import type { SelectedRows } from './look-at-lake.ts';

export interface RowsFormat {
  readonly json?: true;
  readonly csv?: true;
}

export function requireOneFormat({ json, csv }: RowsFormat): void {
  if (json && csv) throw wrongUsage('--json and --csv are two formats.', 'give one of them.');
}

/** Prints rows: as a table, one below the other where a table would be wider than the terminal, as JSON or as CSV. */
export function showRows(terminal: Terminal, found: SelectedRows, format: RowsFormat): void {
  if (format.json) for (const line of jsonLines(found)) terminal.out(line);
  else if (format.csv) for (const line of csvLines(found, terminal)) terminal.out(line);
  else showText(terminal, found);
}

/** One object per row. */
export function jsonLines({ columns, rows }: SelectedRows): string[] {
  return rows.map((row) =>
    jsonText(
      Object.fromEntries(
        columns.map(({ name, type }, index) => [name, jsonValue(row[index] ?? null, type)] as const),
      ),
    ),
  );
}

/** A null is nothing between two commas, an empty text a pair of quotes. */
function csvLines({ columns, rows }: SelectedRows, { outIsTerminal }: Terminal): string[] {
  const lines = [columns.map(({ name }) => csvCell(name)), ...rows.map((row) => row.map(csvCell))];
  // In a file every byte stays as it is; a terminal would obey some.
  return lines.map((line) => (outIsTerminal ? onOneLine(line.join(',')) : line.join(',')));
}

function csvCell(value: Json): string {
  if (value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const widestCell = 60;

function showText(terminal: Terminal, { columns, rows }: SelectedRows): void {
  const names = columns.map(({ name }) => onOneLine(name));
  const cells = rows.map((row) => row.map((value) => onOneLine(cellText(value))));
  const align = columns.map(({ type }): Align => (isNumeric(type) ? 'right' : 'left'));
  const clip = (text: string) => clipLine(text, widestCell);
  const table = renderTable([names.map(clip), ...cells.map((row) => row.map(clip))], align);
  const isWide = table.some((line) => visibleWidth(line) > terminal.columns);
  const most = isWide && rows.length > 0 ? roomBeside(names, terminal.columns) : widestCell;
  const lines = isWide && rows.length > 0 ? blocks(names, { cells, most }) : table;
  terminal.out((rows.length === 0 ? [...table, 'No rows.'] : lines).join('\n'));
  const cut = cells.flat().filter((text) => text.length > most).length;
  if (cut > 0) terminal.err(`${counted(cut, 'long value')} cut (…): --json shows all of them.`);
}

/** Each row below the other, a line for each column. */
function blocks(
  names: readonly string[],
  { cells, most }: { cells: readonly (readonly string[])[]; most: number },
): string[] {
  return cells.flatMap((row, index) => [
    `row ${index + 1}`,
    ...renderTable(row.map((text, column) => [`  ${names[column] ?? ''}`, clipLine(text, most)])),
  ]);
}

function roomBeside(names: readonly string[], width: number): number {
  return Math.max(widestCell, width - Math.max(...names.map((name) => name.length)) - 4);
}
