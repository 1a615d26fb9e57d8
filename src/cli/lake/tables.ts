import type { Command } from 'commander';
import {
  currentSnapshot,
  IcebergError,
  loadTable,
  type TableName,
  type Warehouse,
} from '../../servers/lake/iceberg/index.ts';
import type { Cli } from '../cli.ts';
import { projectOption } from '../common-options.ts';
import { formatTime } from '../render/duration.ts';
import { printable } from '../render/printable.ts';
import { renderTable } from '../render/table.ts';
import { formatBytes } from './bytes.ts';
import { type LakeOptions, warehouseOption } from './lake-options.ts';
import { tablesOf, textOf, withLake } from './open-lake.ts';

export function register(lake: Command, cli: Cli): void {
  lake
    .command('tables')
    .description('list the tables: their rows, their files, who changed them last')
    .option('--json', 'print one line of JSON per table')
    .addOption(warehouseOption())
    .addOption(projectOption())
    .action((options: LakeOptions) => tablesCommand(cli, options));
}

interface ListedTable {
  readonly table: string;
  /** Absent when the writer of the newest snapshot did not count. */
  readonly rows?: number;
  readonly files?: number;
  readonly bytes?: number;
  readonly snapshots?: number;
  readonly changedMs?: number;
  readonly tool?: string;
  readonly run?: string;
  /** Why it cannot be read. */
  readonly problem?: string;
}

async function tablesCommand(cli: Cli, options: LakeOptions): Promise<void> {
  const { terminal } = cli;
  const { folder, tables } = await withLake(options, async (warehouse) => {
    const found: ListedTable[] = [];
    for (const table of tablesOf(warehouse)) found.push(await lookAt(warehouse, table));
    return { folder: warehouse.folder, tables: found };
  });
  if (tables.some(({ problem }) => problem !== undefined)) cli.exitCode = 1;
  if (options.json) for (const table of tables) terminal.out(JSON.stringify(table));
  else if (tables.length === 0) terminal.out(`No tables in ${printable(folder)}.`);
  else
    terminal.out(
      renderTable([head, ...tables.map(rowOf)], ['left', 'right', 'right', 'right', 'right']).join('\n'),
    );
}

/** A table that is damaged must not hide the others; a warehouse that was moved is no matter of one table. */
async function lookAt(warehouse: Warehouse, name: TableName): Promise<ListedTable> {
  const table = textOf(name);
  try {
    const { metadata } = await loadTable(warehouse, name);
    const summary = currentSnapshot(metadata)?.summary;
    const count = (key: string) => (summary ? numberOf(summary[key]) : 0);
    const tool = summary?.['aiworkflow.tool'];
    const run = summary?.['aiworkflow.run'];
    return withoutGaps({
      table,
      rows: count('total-records'),
      files: count('total-data-files'),
      bytes: count('total-files-size'),
      snapshots: metadata.snapshots.length,
      changedMs: metadata['last-updated-ms'],
      tool,
      run,
    });
  } catch (error) {
    if (!IcebergError.is(error) || error.code === 'MOVED') throw error;
    return { table, problem: error.message };
  }
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

function withoutGaps(table: { readonly [K in keyof ListedTable]: ListedTable[K] | undefined }): ListedTable {
  return Object.fromEntries(
    Object.entries(table).filter(([, value]) => value !== undefined),
  ) as unknown as ListedTable;
}

const head = ['table', 'rows', 'files', 'size', 'snapshots', 'changed (UTC)', 'by'];

function rowOf(listed: ListedTable): string[] {
  const { table, rows, files, bytes, snapshots, changedMs, tool, run, problem } = listed;
  if (problem !== undefined) return [printable(table), '', '', '', '', printable(problem)];
  const count = (value: number | undefined) => (value === undefined ? '?' : value.toLocaleString('en'));
  return [
    printable(table),
    count(rows),
    count(files),
    bytes === undefined ? '?' : formatBytes(bytes),
    count(snapshots),
    formatTime(changedMs ?? 0),
    printable([tool, run].filter((part) => part !== undefined).join(' ')),
  ];
}
