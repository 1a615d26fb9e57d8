import { stripVTControlCharacters } from 'node:util';

export type Align = 'left' | 'right';

/** Columns as wide as their widest cell, two spaces apart. Colours take no width. No space at a line's end. */
export function renderTable(rows: readonly (readonly string[])[], align: readonly Align[] = []): string[] {
  const widths = columnWidths(rows);
  return rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, align[column] ?? 'left'))
      .join('  ')
      .trimEnd(),
  );
}

export function visibleWidth(text: string): number {
  return stripVTControlCharacters(text).length;
}

function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, visibleWidth(cell));
  return widths;
}

function pad(cell: string, width: number, align: Align): string {
  const space = ' '.repeat(Math.max(0, width - visibleWidth(cell)));
  return align === 'left' ? cell + space : space + cell;
}
