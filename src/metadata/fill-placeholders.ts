/**
 * ODCS writes the table and the column of a rule as placeholders: `{object}` and `{property}`, with or without `$`; `table`,
 * `model` and `column` are read too. A rule of a whole table has no column to put there: such a placeholder stays, for the parser to
 * refuse.
 */
export function fillPlaceholders(
  query: string,
  { table, column }: { readonly table: string; readonly column?: string | undefined },
): string {
  return query
    .replaceAll(/\$?\{(table|object|model)\}/g, () => table)
    .replaceAll(/\$?\{(column|property)\}/g, (placeholder) => column ?? placeholder);
}
