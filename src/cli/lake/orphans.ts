import { rm } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import {
  listOrphans,
  listStrayFiles,
  type Orphan,
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
import { type LakeOptions, lakePlace, warehouseOption } from './lake-options.ts';
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

/** The files that no table names. */
export interface FoundOrphans {
  readonly orphans: readonly OrphanOfTable[];
  /** Not as old as was asked for. */
  readonly younger: readonly OrphanOfTable[];
  /** What living processes may be at: their scratch folders, and what was written since they began, for a day. */
  readonly ofTheLiving: readonly OrphanOfTable[];
}

export interface OrphanOfTable extends Orphan {
  /** Null for a file that lies in no table's folder. */
  readonly table: string | null;
}

async function orphansCommand(
  { terminal }: Cli,
  { table, options }: { table: string | undefined; options: OrphansOptions },
): Promise<void> {
  const isRemoved = options.remove === true;
  const found = await withLake(options, async (warehouse) => {
    const tables = table === undefined ? undefined : [requireTable(warehouse, table)];
    const files = await findOrphans(warehouse, { olderThan: options.olderThan, ...(tables && { tables }) });
    if (isRemoved) for (const { path } of files.orphans) await rm(path, { force: true });
    return files;
  });
  if (options.json) {
    for (const orphan of found.orphans) terminal.out(JSON.stringify({ ...orphan, removed: isRemoved }));
    return;
  }
  terminal.out(report(found, options).join('\n'));
}

/**
 * Those of the tables; of all of them, by default, also what killed processes left beside them: spilled rows, tables that were
 * never finished. Files of loads that are going to be finished are none.
 */
export async function findOrphans(
  warehouse: Warehouse,
  { tables, olderThan }: { tables?: readonly TableName[]; olderThan: number },
): Promise<FoundOrphans> {
  const { livingWriters } = await import('../../servers/lake/storage/scratch-folders.ts');
  const now = Date.now();
  // Before the look at the files: a process that commits its own and ends meanwhile is still one of the living.
  const living = livingWriters(warehouse.folder);
  const files = [
    ...(await orphansOf(warehouse, { tables: tables ?? tablesOf(warehouse), olderThanMs: now })),
    ...(tables ? [] : await straysOf(warehouse, now)),
  ];
  const isOfTheLiving = ({ path, modifiedMs }: Orphan) =>
    living.folders.some((folder) => path.startsWith(`${folder}/`)) ||
    modifiedMs >= Math.max(living.sinceMs, now - orphanAgeMs);
  const free = files.filter((file) => !isOfTheLiving(file));
  return {
    orphans: free.filter(({ modifiedMs }) => modifiedMs < now - olderThan),
    younger: free.filter(({ modifiedMs }) => modifiedMs >= now - olderThan),
    ofTheLiving: files.filter(isOfTheLiving),
  };
}

async function straysOf(warehouse: Warehouse, olderThanMs: number): Promise<readonly OrphanOfTable[]> {
  const strays = (await listStrayFiles(warehouse, { olderThanMs })).filter(({ isUseless }) => isUseless);
  return strays.map(({ path, sizeBytes, modifiedMs }) => ({ path, sizeBytes, modifiedMs, table: null }));
}

function orphansOf(
  warehouse: Warehouse,
  { tables, olderThanMs }: { tables: readonly TableName[]; olderThanMs: number },
): Promise<readonly OrphanOfTable[]> {
  return withLedger(warehouse, async (ledger) => {
    const { expectedRows } = await import('../../servers/lake/storage/unfinished-loads.ts');
    const found: OrphanOfTable[] = [];
    for (const table of tables) {
      const request = { table, olderThanMs, expected: expectedRows(ledger, table) };
      const orphans = await listOrphans(warehouse, request);
      found.push(...orphans.map((orphan) => ({ ...orphan, table: textOf(table) })));
    }
    return found;
  });
}

function report(
  { orphans, younger, ofTheLiving }: FoundOrphans,
  { olderThan, remove, ...options }: OrphansOptions,
): string[] {
  const rows = orphans.map(({ path, sizeBytes, modifiedMs }) => [
    printable(path),
    formatBytes(sizeBytes),
    `${formatTime(modifiedMs)} UTC`,
  ]);
  const total = `${counted(orphans.length, 'file')}, ${sizeOf(orphans)}`;
  const end = remove ? `${total} removed.` : `${total}. No table is poorer without them: --remove`;
  const isNone = orphans.length + younger.length === 0;
  return [
    ...renderTable(rows, ['left', 'right']),
    ...(orphans.length > 0
      ? [end]
      : [isNone ? 'No orphans.' : `No orphans older than ${ageText(olderThan)}.`]),
    ...(younger.length === 0
      ? []
      : [
          `${younger.length} younger, ${sizeOf(younger)}: aiworkflow lake orphans --older-than 0m${lakePlace(options)}`,
        ]),
    ...(ofTheLiving.length === 0
      ? []
      : [
          `${counted(ofTheLiving.length, 'file')}, ${sizeOf(ofTheLiving)}, stay: a process that has the lake open may be at them.`,
        ]),
  ];
}

export function sizeOf(files: readonly Orphan[]): string {
  return formatBytes(files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
}

function ageText(ms: number): string {
  if (ms % 86_400_000 === 0) return counted(ms / 86_400_000, 'day');
  if (ms % 3_600_000 === 0) return counted(ms / 3_600_000, 'hour');
  return counted(Math.round(ms / 60_000), 'minute');
}
