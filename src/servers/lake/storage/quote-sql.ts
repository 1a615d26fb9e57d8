import { LakeFailure } from '../lake-failure.ts';

// iceberg/quote.ts has the same two lines: that folder is to be replaceable and lends nothing that is not about tables.
export function quoteName(name: string): string {
  return `"${sayable(name).replaceAll('"', '""')}"`;
}

/** `schema.table` as two quoted names. */
export function quoteTable(table: string): string {
  return table.split('.').map(quoteName).join('.');
}

export function quoteText(text: string): string {
  return `'${sayable(text).replaceAll("'", "''")}'`;
}

/** DuckDB reads a statement as far as its first NUL. */
function sayable(text: string): string {
  const at = text.indexOf('\0');
  if (at < 0) return text;
  const shown = JSON.stringify(text.slice(0, 60));
  throw new LakeFailure(
    `The text ${shown} has a NUL character (at ${at + 1}): no statement can hold one.`,
    'write the text without it.',
  );
}
