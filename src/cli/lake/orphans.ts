import { rm } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import {
  listOrphans,
  listStrayFiles,
  type Orphan,
  removeOrphans,
  type TableName,
  type Warehouse,
} from '../../servers/lake/iceberg/index.ts';
import type { Cli } from '../cli.ts';
import { projectOption } from '../common-options.ts';
import { parseAge } from '../parse-age.ts';
import { counted } from '../render/counts.ts';
import { formatTime } from '../render/duration.ts';
import { printable } from '../render/printable.ts';
import { renderTable } from '../render/table.ts';
import { formatBytes } from './bytes.ts';
import { type LakeOptions, warehouseOption } from './lake-options.ts';
import { requireTable, tablesOf, textOf, withLake } from './open-lake.ts';
import { withLedger } from './with-ledger.ts';

interface OrphansOptions extends LakeOptions {
  readonly olderThan: number;
  readonly remove?: true;
}

/** A writer's files are orphans until its commit: no load takes a day. */
export const orphanAgeMs = 86_400_000;

export function register(lake: Command, cli: Cli): void {
  lake
    .command('orphans')
    .description('list files that no snapshot of a table names: what writers left that were killed')
    .argument('[table]', 'schema.table; all of them by default')
    .addOption(
      new Option('--older-than <age>', 'only files that are older than any load takes')
        .argParser(parseAge)
        .default(orphanAgeMs, '1d'),
    )
    .option('--remove', 'remove them')
    .option('--json', 'print one line of JSON per file')
    .addOption(warehouseOption())
    .addOption(projectOption())
    .action((table: string | undefined, options: OrphansOptions) => orphansCommand(cli, { table, options }));
}

export interface OrphanOfTable extends Orphan {
  /** Null for a file that lies in no table's folder. */
  readonly table: string | null;
}

async function orphansCommand(
  { terminal }: Cli,
  { table, options }: { table: string | undefined; options: OrphansOptions },
): Promise<void> {
  const olderThanMs = Date.now() - options.olderThan;
  const orphans = await withLake(options, (warehouse) => {
    const remove = options.remove === true;
    if (table === undefined) return allOrphans(warehouse, { olderThanMs, remove });
    return orphansOf(warehouse, { tables: [requireTable(warehouse, table)], olderThanMs, remove });
  });
  if (options.json) {
    for (const orphan of orphans)
      terminal.out(JSON.stringify({ ...orphan, removed: options.remove === true }));
    return;
  }
  terminal.out(report(orphans, options.remove === true).join('\n'));
}

/** Those of the tables, and what killed processes left beside them: spilled rows, tables that were never finished. */
export async function allOrphans(
  warehouse: Warehouse,
  { olderThanMs, remove }: { olderThanMs: number; remove: boolean },
): Promise<readonly OrphanOfTable[]> {
  const ofTables = await orphansOf(warehouse, { tables: tablesOf(warehouse), olderThanMs, remove });
  const strays = (await listStrayFiles(warehouse, { olderThanMs })).filter(({ isUseless }) => isUseless);
  if (remove) for (const { path } of strays) await rm(path, { force: true });
  const orphan = ({ path, sizeBytes, modifiedMs }: Orphan) => ({ path, sizeBytes, modifiedMs, table: null });
  return [...ofTables, ...strays.map(orphan)];
}

/** Files of loads that are going to be finished are none. */
export function orphansOf(
  warehouse: Warehouse,
  asked: { tables: readonly TableName[]; olderThanMs: number; remove: boolean },
): Promise<readonly OrphanOfTable[]> {
  const { tables, olderThanMs, remove } = asked;
  return withLedger(warehouse, async (ledger) => {
    const { expectedRows } = await import('../../servers/lake/storage/unfinished-loads.ts');
    const found: OrphanOfTable[] = [];
    for (const table of tables) {
      const request = { table, olderThanMs, expected: expectedRows(ledger, table) };
      const orphans = await (remove ? removeOrphans : listOrphans)(warehouse, request);
      found.push(...orphans.map((orphan) => ({ ...orphan, table: textOf(table) })));
    }
    return found;
  });
}

function report(orphans: readonly OrphanOfTable[], isRemoved: boolean): string[] {
  if (orphans.length === 0) return ['No orphans.'];
  const bytes = orphans.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const rows = orphans.map(({ path, sizeBytes, modifiedMs }) => [
    printable(path),
    formatBytes(sizeBytes),
    `${formatTime(modifiedMs)} UTC`,
  ]);
  const total = `${counted(orphans.length, 'file')}, ${formatBytes(bytes)}`;
  return [
    ...renderTable(rows, ['left', 'right']),
    isRemoved ? `${total} removed.` : `${total}. No table is poorer without them: --remove`,
  ];
}
