/**
 * What every row of a `*_raw` table tells about its origin: a table may be partitioned by it. The names start with `_`, which
 * no declared column may. `_load_id` and the last two change from load to load and are therefore never shown in an answer.
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
