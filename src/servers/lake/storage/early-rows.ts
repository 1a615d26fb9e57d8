import { fileURLToPath } from 'node:url';
import { discardPrepared, type PreparedRows, prepareRows, tableName } from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { constantColumns, type LoadOrigin } from './load-sql.ts';
import { quoteText } from './quote-sql.ts';
import type { StoreSession } from './store-session.ts';
import type { TableDefinition } from './table-store.ts';

/** The rows of sets of files that nobody names yet, as SQL after FROM; undefined when there are none. */
export function earlyRowsSql(early: readonly PreparedRows[]): string | undefined {
  const files = early.flatMap((set) => set.files);
  if (files.length === 0) return undefined;
  const paths = files.map(({ location }) => quoteText(fileURLToPath(location)));
  return `read_parquet([${paths.join(', ')}], hive_partitioning=false)`;
}

/** Writes those sets anew that hold lines of the temporary table `leaving`, without them, in the place of the old ones. */
export async function takeOutLines(
  at: StoreSession,
  { early, definition, origin }: { early: PreparedRows[]; definition: TableDefinition; origin: LoadOrigin },
): Promise<void> {
  const table = tableName(definition.table);
  for (const [place, old] of early.entries()) {
    const rows = earlyRowsSql([old]);
    const leaving =
      rows === undefined ? 0 : await at.session.number(`SELECT count(*) FROM ${rows} WHERE ${isLeaving}`);
    if (leaving === 0) continue;
    const rest = await prepareRows(at.warehouse, {
      table,
      select: `SELECT * FROM ${rows} WHERE NOT ${isLeaving}`,
      constants: constantColumns(origin),
    });
    early[place] = rest;
    await discardPrepared(at.warehouse, { table, prepared: [old] });
    if (rest.rowCount + leaving !== old.rowCount)
      throw new LakeFailure(
        'The load does not reconcile: rows were lost while others were taken out. Nothing was kept.',
      );
  }
}

const isLeaving = '(_source_line IN (SELECT line FROM leaving))';
