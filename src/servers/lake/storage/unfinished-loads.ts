import { type PreparedRows, type Relocated, type TableName, tableName } from '../iceberg/index.ts';
import { ingestErrorsTable } from './audit-columns.ts';
import { readWork } from './commit-load.ts';
import type { Ledger } from './lake-ledger.ts';

interface UnfinishedRow {
  readonly id: string;
  readonly table_name: string;
  readonly work: string;
}

/** Rows that are on disk for a table, of loads that are going to be finished: their files are no orphans. */
export function expectedRows(ledger: Ledger, table: TableName): readonly PreparedRows[] {
  return unfinished(ledger).flatMap((row) => {
    const { target, errors } = readWork(row.work);
    return [
      ...(isSame(row.table_name, table) ? [target] : []),
      ...(isSame(ingestErrorsTable, table) ? [errors] : []),
    ];
  });
}

export function countUnfinished(ledger: Ledger): number {
  return unfinished(ledger).length;
}

/** The files of unfinished loads moved with their tables. */
export function relocateLoads(ledger: Ledger, relocated: readonly Relocated[]): void {
  const update = ledger.prepare('UPDATE lake_loads SET work = ? WHERE id = ?');
  for (const { id, work } of unfinished(ledger)) {
    const moved = relocated.reduce(
      (text, { from, to }) => text.replaceAll(inJson(`${from}/`), inJson(`${to}/`)),
      work,
    );
    if (moved !== work) update.run(moved, id);
  }
}

/** As it stands within a text of JSON: locations begin behind a quote. */
function inJson(location: string): string {
  return JSON.stringify(location).slice(0, -1);
}

function unfinished(ledger: Ledger): readonly UnfinishedRow[] {
  return ledger
    .prepare<[], UnfinishedRow>(
      `SELECT id, table_name, work FROM lake_loads WHERE status = 'intended' AND work IS NOT NULL ORDER BY number`,
    )
    .all();
}

function isSame(text: string, table: TableName): boolean {
  const name: TableName = tableName(text);
  return name.name === table.name && name.namespace.join('.') === table.namespace.join('.');
}
