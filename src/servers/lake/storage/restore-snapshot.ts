import { currentSnapshot, rollbackTo, snapshotOf, type TableName, type Warehouse } from '../iceberg/index.ts';
import type { Ledger } from './lake-ledger.ts';
import { settleLoads } from './load-ledger.ts';
import { type LakeRequest, type RollbackDetails, requestOf, requireOwnTable } from './rollback-requests.ts';
import { takesColumnsOfRows } from './table-definition.ts';

/**
 * Takes a rollback back: the table is at a snapshot again that it was rolled back behind, and its loads count again. Only a person
 * does this, so it is written down as asked and approved at once.
 */
export async function restoreSnapshot(
  { warehouse, ledger }: { warehouse: Warehouse; ledger: Ledger },
  to: { table: TableName; snapshotId: string; from: string; who: string; reason: string | null },
): Promise<LakeRequest> {
  const { table, snapshotId, from, who, reason } = to;
  const name = [...table.namespace, table.name].join('.');
  requireOwnTable(name);
  const { metadata } = await rollbackTo(warehouse, {
    table,
    snapshotId,
    from,
    anyKnown: true,
    withColumns: takesColumnsOfRows,
  });
  settleLoads(ledger, metadata);
  const details: RollbackDetails = {
    snapshot: snapshotId,
    current: from,
    rows_before: rowsOf(snapshotOf(metadata, from).summary),
    rows_after: rowsOf(currentSnapshot(metadata)?.summary),
    undone: [],
    files: [],
  };
  const inserted = ledger
    .prepare(
      `INSERT INTO lake_requests (status, kind, table_name, table_uuid, details, reason, requested_at_ms, decided_by, decided_at_ms)
       VALUES ('approved', 'rollback', @table, @uuid, @details, @reason, @now, @who, @now)`,
    )
    .run({
      table: name,
      uuid: metadata['table-uuid'],
      details: JSON.stringify(details),
      reason,
      who,
      now: Date.now(),
    });
  return requestOf(ledger, Number(inserted.lastInsertRowid));
}

function rowsOf(summary: Readonly<Record<string, string>> | undefined): number | null {
  const rows = summary?.['total-records'];
  return rows === undefined ? null : Number(rows);
}
