/**
 * What every row of a `*_raw` table tells about its origin. The names start with `_`, which no declared column may.
 * The last three change from load to load and are therefore never shown in an answer.
 */
export const auditColumns = [
  { name: '_vendor_name', type: 'VARCHAR' },
  { name: '_source_file', type: 'VARCHAR' },
  { name: '_source_line', type: 'BIGINT' },
  { name: '_source_sha256', type: 'VARCHAR' },
  { name: '_load_id', type: 'VARCHAR' },
  { name: '_ingestion_date', type: 'DATE' },
  { name: '_ingested_at', type: 'TIMESTAMP' },
] as const;

export const auditColumnNames: readonly string[] = auditColumns.map(({ name }) => name);

/** Clock readings and ids: an answer that shows them would differ on every machine, day and run. */
export const changingColumns: ReadonlySet<string> = new Set([
  '_ingestion_date',
  '_ingested_at',
  '_load_id',
  'load_id',
  'run_id',
  'call_id',
]);

/** Bronze: rows as the vendors sent them, written by `ingest` alone. */
export function isRawSchema(table: string): boolean {
  return schemaOf(table).endsWith('_raw');
}

export function schemaOf(table: string): string {
  return table.split('.')[0] ?? '';
}

export const ingestErrorsTable = 'product_raw.ingest_errors';
