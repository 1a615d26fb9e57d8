import { IcebergError, loadTable, tableName } from '../iceberg/index.ts';
import { settleLoads } from './load-ledger.ts';
import { quoteText } from './quote-sql.ts';
import type { StoreSession } from './store-session.ts';

type Lake = Pick<StoreSession, 'warehouse' | 'ledger'>;

/**
 * `product_raw.ingest_errors` keeps the rejects of every load, and shows those of the loads that are in force: whose rows are
 * in their table. A rollback, by any engine, changes which these are, and no row is written for it.
 * @returns `load_id`s whose rows are not shown.
 */
export async function hiddenLoads({ warehouse, ledger }: Lake): Promise<readonly string[]> {
  const tables = ledger
    .prepare<[], { name: string }>(
      `SELECT DISTINCT table_name AS name FROM lake_loads WHERE rows_rejected > 0 AND status <> 'abandoned'`,
    )
    .all();
  for (const { name } of tables) await settle({ warehouse, ledger }, name);
  return ledger
    .prepare<[], { id: string }>(hiddenLoadsSql)
    .all()
    .map(({ id }) => id);
}

async function settle({ warehouse, ledger }: Lake, name: string): Promise<void> {
  const table = tableName(name);
  if (warehouse.catalog.findLocation(table) === undefined) return;
  try {
    settleLoads(ledger, (await loadTable(warehouse, table)).metadata);
  } catch (error) {
    // A table that cannot be read is told to whoever reads it; what is known of its loads is what was known last.
    if (!IcebergError.is(error)) throw error;
  }
}

/** SQLite is free to look at the text before it looks at the kind, and a text that is no JSON fails the statement. */
function partitionsOf(load: string): string {
  return `CASE WHEN ${load}.kind = 'partitions' THEN ${load}.options_key ELSE '[]' END`;
}

/**
 * As the ledger knows it; a mapping that overwrites its table replaces all that mappings set aside for it before, and those that
 * overwrite partitions what such mappings set aside for these partitions.
 */
export const hiddenLoadsSql = `SELECT id FROM lake_loads AS own WHERE rows_rejected > 0 AND (
  status IN ('rolled_back', 'abandoned')
  OR EXISTS (SELECT 1 FROM lake_loads AS later WHERE later.replaces = own.id AND later.status = 'done')
  OR (own.kind <> 'load' AND EXISTS (SELECT 1 FROM lake_loads AS later WHERE later.table_uuid = own.table_uuid
    AND later.kind = 'overwrite' AND later.status = 'done' AND later.number > own.number))
  OR (own.kind = 'partitions' AND NOT EXISTS (
    SELECT 1 FROM json_each(${partitionsOf('own')}) AS one WHERE one.value NOT IN (
      SELECT another.value FROM lake_loads AS later, json_each(${partitionsOf('later')}) AS another
      WHERE later.table_uuid = own.table_uuid AND later.kind = 'partitions' AND later.status = 'done' AND later.number > own.number))))
ORDER BY number`;

export function withoutLoads(sql: string, hidden: readonly string[]): string {
  if (hidden.length === 0) return sql;
  return `SELECT * FROM (${sql}) WHERE load_id IS NULL OR load_id NOT IN (${hidden.map(quoteText).join(', ')})`;
}
