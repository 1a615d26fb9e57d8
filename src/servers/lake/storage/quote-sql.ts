// iceberg/quote.ts has the same two lines: that folder is to be replaceable and lends nothing that is not about tables.
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `schema.table` as two quoted names. */
export function quoteTable(table: string): string {
  return table.split('.').map(quoteName).join('.');
}

export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
