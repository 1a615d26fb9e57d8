import { ingestErrorsTable } from './audit-columns.ts';
import type { StoreSession } from './store-session.ts';
import type { RejectGroup, RejectSample, TableDefinition } from './table-store.ts';
import { openViews } from './table-views.ts';

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
    [
      'line',
      'BIGINT',
      'line where the record starts; of JSON and Parquet its number, of XLSX the row of the sheet',
    ],
    [
      'byte_offset',
      'BIGINT',
      'where the record starts in the file; null of XLSX and Parquet, which are packed, and of mappings',
    ],
    ['column_name', 'VARCHAR', 'first column that is wrong; null when the record as a whole is'],
    ['reason', 'VARCHAR', 'first thing that is wrong, as a word'],
    ['detail', 'VARCHAR', 'all that is wrong with the record'],
    ['raw_row', 'VARCHAR', 'the record as it stands in the file'],
    ['run_id', 'VARCHAR', 'run that loaded the file'],
    ['call_id', 'VARCHAR', 'call of the run'],
    ['contract', 'VARCHAR', 'contract that the load was checked against, with its version'],
    ['load_id', 'VARCHAR', 'the load, as _load_id in the rows that it loaded'],
    ['_ingested_at', 'TIMESTAMP', 'time of the load'],
  ].map(([name = '', type = '', description]) => ({ name, type, nullable: true, description })),
  primary_key: [],
  partitioned_by: ['vendor_name'],
  description: 'Records that ingest could not load, with line, column, reason and the raw row.',
  declared: true,
};

export async function readRejects(
  at: StoreSession,
  loadId: string,
): Promise<{ rejects_by_reason: RejectGroup[]; sample_rejects: RejectSample[] }> {
  await openViews(at, [
    { name: ingestErrorsTable, predicate: { column: 'load_id', is: '=', value: loadId } },
  ]);
  const groups = await at.session.read(
    `SELECT reason, column_name, count(*) FROM ${ingestErrorsTable} GROUP BY ALL ORDER BY 3 DESC, 1, 2 LIMIT 50`,
  );
  const rows = await at.session.read(
    `SELECT line, column_name, reason, detail, left(raw_row, ${rawCharsShown}) FROM ${ingestErrorsTable} ORDER BY line, byte_offset LIMIT ${samples}`,
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
