import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  expireSnapshots,
  expiringSnapshots,
  loadTable,
  type TableName,
  type Warehouse,
} from '../../servers/lake/iceberg/index.ts';
import type { LivingProcess } from '../../servers/lake/storage/scratch-folders.ts';
import type { Cli } from '../cli.ts';
import { projectOption } from '../common-options.ts';
import { parseAge } from '../parse-age.ts';
import { counted } from '../render/counts.ts';
import { formatTime } from '../render/duration.ts';
import { printable } from '../render/printable.ts';
import { LakeError } from './lake-error.ts';
import { type LakeOptions, lakePlace, warehouseOption } from './lake-options.ts';
import { requireTable, textOf, withLake } from './open-lake.ts';
import { withLedger } from './with-ledger.ts';

interface ExpireOptions extends LakeOptions {
  readonly olderThan: number;
  readonly keepLast: number;
  readonly dryRun?: true;
}

export function register(lake: Command, cli: Cli): void {
  lake
    .command('expire')
    .description(
      'forget old snapshots of a table, and remove the files that only they need; while a process has the lake open, they stay as orphans',
    )
    .argument('<table>', 'schema.table')
    .addOption(
      new Option('--older-than <age>', 'snapshots that are older: 90d, 12h, 30m, 2w')
        .argParser(parseAge)
        .makeOptionMandatory(),
    )
    .addOption(new Option('--keep-last <n>', 'keep so many of the newest').argParser(readCount).default(1))
    .option('--dry-run', 'say what would go, and change nothing')
    .option('--json', 'print JSON')
    .addOption(warehouseOption())
    .addOption(projectOption())
    .action((table: string, options: ExpireOptions) => expireCommand(cli, { table, options }));
}

function readCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError('It must be a whole number from 1 on.');
}

interface Expiry {
  readonly table: string;
  readonly snapshots: readonly string[];
  /** Unknown of a dry run. */
  readonly removedFiles?: number;
  /** Files that processes which have the lake open may be reading; they go with the orphans. Unknown of a dry run. */
  readonly keptFiles?: number;
  readonly kept: number;
  /** The processes that have the lake open. */
  readonly open: readonly LivingProcess[];
}

async function expireCommand(
  { terminal }: Cli,
  { table, options }: { table: string; options: ExpireOptions },
): Promise<void> {
  const done = await expire(table, options);
  if (options.json) {
    terminal.out(JSON.stringify(done));
    return;
  }
  terminal.out(reportLines(done, options).join('\n'));
}

function reportLines(
  { table, snapshots, removedFiles = 0, keptFiles = 0, kept, open }: Expiry,
  { keepLast, dryRun, ...options }: ExpireOptions,
): string[] {
  const name = printable(table);
  if (snapshots.length === 0) {
    const newest = keepLast === 1 ? 'the newest stays' : `the newest ${keepLast} stay`;
    return [
      `Nothing to expire: ${counted(kept, 'snapshot')} of ${name}. Whatever the age, ${newest}, and what was current within the last hour: somebody may be reading it.`,
    ];
  }
  const of = `${counted(snapshots.length, 'snapshot')} of ${name}`;
  if (dryRun) {
    const files = open.length === 0 ? [] : [`Their files would stay for now: ${openWords(open)}.`];
    return [`${of} would go, ${kept} stay.`, ...files];
  }
  if (keptFiles === 0) return [`${of} removed with ${counted(removedFiles, 'file')}, ${kept} stay.`];
  return [
    `${of} removed, ${kept} stay.`,
    `${counted(keptFiles, 'file')} of them are left: ${openWords(open)}, and a statement that began before may be reading them.`,
    `When it has ended: aiworkflow lake orphans ${name} --older-than 0m --remove${lakePlace(options)}. While it runs, after a day: the same without --older-than.`,
  ];
}

function openWords(open: readonly LivingProcess[]): string {
  const [first, ...more] = open;
  if (!first) return 'a process had the lake open';
  const since = `process ${first.pid} on ${printable(first.host)} has the lake open since ${formatTime(first.startedMs)} UTC`;
  return more.length === 0 ? since : `${since} (and ${more.length} more)`;
}

function expire(table: string, { olderThan, keepLast, dryRun, ...options }: ExpireOptions): Promise<Expiry> {
  return withLake(options, async (warehouse) => {
    const name = requireTable(warehouse, table);
    const request = { olderThanMs: Date.now() - olderThan, keepLast };
    const { livingWriters } = await import('../../servers/lake/storage/scratch-folders.ts');
    let open = livingWriters(warehouse.folder).processes;
    if (!dryRun) {
      await requireFinished(warehouse, name);
      const { snapshotIds, removedFiles, keptFiles, state } = await expireSnapshots(warehouse, {
        table: name,
        ...request,
        isReadStill: () => {
          open = livingWriters(warehouse.folder).processes;
          return open.length > 0;
        },
      });
      return {
        table,
        snapshots: snapshotIds,
        removedFiles: removedFiles.length,
        keptFiles: keptFiles.length,
        kept: state.metadata.snapshots.length,
        open,
      };
    }
    const { metadata } = await loadTable(warehouse, name);
    const going = expiringSnapshots(metadata, { ...request, now: Date.now() });
    return {
      table,
      snapshots: going.map((snapshot) => snapshot['snapshot-id']),
      kept: metadata.snapshots.length - going.length,
      open,
    };
  });
}

/** Whether its commit was made is found in the history: a history without it would let the load be made twice. */
async function requireFinished(warehouse: Warehouse, table: TableName): Promise<void> {
  const { expectedRows } = await import('../../servers/lake/storage/unfinished-loads.ts');
  const waiting = await withLedger(warehouse, (ledger) => expectedRows(ledger, table));
  if (waiting.length === 0) return;
  throw new LakeError({
    code: 'LAKE_REFUSED',
    message: `A load into ${textOf(table)} is under way, or was begun by a process that died.`,
    hint: 'wait for it, or let the lake finish it: aiworkflow doctor starts its server. Then expire again. Whether it can be finished: aiworkflow lake loads',
  });
}
