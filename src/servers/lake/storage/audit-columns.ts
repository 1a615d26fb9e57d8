export { auditColumnNames, auditColumns } from '../../../metadata/lake/audit-columns.ts';

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
