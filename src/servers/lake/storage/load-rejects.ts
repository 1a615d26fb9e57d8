import { ingestErrorsTable } from './audit-columns.ts';
import type { LoadIdentity } from './lake-metadata.ts';
import type { Session } from './statement.ts';
import type { RejectGroup, RejectSample, TableDefinition } from './table-store.ts';

const samples = 5;
const rawCharsShown = 300;

/** One row per rejected record, whatever the number of its errors. */
export const ingestErrorsDefinition: TableDefinition = {
  table: ingestErrorsTable,
  columns: [
    ['target_table', 'VARCHAR', 'table that the record was meant for'],
    ['vendor_name', 'VARCHAR', 'vendor of the file'],
    ['source_file', 'VARCHAR', 'path of the file'],
    ['source_sha256', 'VARCHAR', 'hash of the content of the file'],
    ['line', 'BIGINT', 'line where the record starts; its number in formats without lines'],
    ['byte_offset', 'BIGINT', 'where the record starts in the file, if known'],
    ['column_name', 'VARCHAR', 'first column that is wrong; null when the record as a whole is'],
    ['reason', 'VARCHAR', 'first thing that is wrong, as a word'],
    ['detail', 'VARCHAR', 'all that is wrong with the record'],
    ['raw_row', 'VARCHAR', 'the record as it stands in the file'],
    ['_ingested_at', 'TIMESTAMP', 'time of the load'],
  ].map(([name = '', type = '', description]) => ({ name, type, nullable: true, description })),
  primary_key: [],
  partitioned_by: ['vendor_name'],
  description: 'Records that ingest could not load, with line, column, reason and the raw row.',
  declared: true,
};

export async function readRejects(
  session: Session,
  { sha256, vendor, table }: LoadIdentity,
): Promise<{ rejects_by_reason: RejectGroup[]; sample_rejects: RejectSample[] }> {
  const ofLoad = `FROM ${ingestErrorsTable} WHERE source_sha256 = $sha256 AND vendor_name = $vendor AND target_table = $table`;
  const values = { sha256, vendor, table };
  const groups = await session.read(
    `SELECT reason, column_name, count(*) ${ofLoad} GROUP BY ALL ORDER BY 3 DESC, 1, 2 LIMIT 50`,
    values,
  );
  const rows = await session.read(
    `SELECT line, column_name, reason, detail, left(raw_row, ${rawCharsShown}) ${ofLoad} ORDER BY line, byte_offset LIMIT ${samples}`,
    values,
  );
  return { rejects_by_reason: groups.getRows().map(toGroup), sample_rejects: rows.getRows().map(toSample) };
}

function toGroup([reason, column, rows]: readonly unknown[]): RejectGroup {
  return { reason: String(reason), column: textOrNull(column), rows: Number(rows) };
}

function toSample([line, column, reason, detail, raw]: readonly unknown[]): RejectSample {
  return {
    line: Number(line),
    column: textOrNull(column),
    reason: String(reason),
    detail: textOrNull(detail),
    raw_row: String(raw),
  };
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}
