import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  expireSnapshots,
  expiringSnapshots,
  loadTable,
  type TableName,
  type Warehouse,
} from '../../servers/lake/iceberg/index.ts';
import type { Cli } from '../cli.ts';
import { projectOption } from '../common-options.ts';
import { parseAge } from '../parse-age.ts';
import { counted } from '../render/counts.ts';
import { printable } from '../render/printable.ts';
import { type LakeOptions, warehouseOption } from './lake-options.ts';
import { requireTable, textOf, withLake } from './open-lake.ts';
import { LakeError } from './tell-lake-failures.ts';
import { withLedger } from './with-ledger.ts';

interface ExpireOptions extends LakeOptions {
  readonly olderThan: number;
  readonly keepLast: number;
  readonly dryRun?: true;
}

export function register(lake: Command, cli: Cli): void {
  lake
    .command('expire')
    .description('forget old snapshots of a table, and remove the files that only they need')
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
  readonly kept: number;
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
  const { snapshots, removedFiles, kept } = done;
  const name = printable(table);
  if (snapshots.length === 0)
    terminal.out(
      `Nothing to expire: ${counted(kept, 'snapshot')} of ${name}. Whatever the age, ${options.keepLast === 1 ? 'the newest stays' : `the newest ${options.keepLast} stay`}, and what was current within the last hour: somebody may be reading it.`,
    );
  else if (options.dryRun)
    terminal.out(`${counted(snapshots.length, 'snapshot')} of ${name} would go, ${kept} stay.`);
  else
    terminal.out(
      `${counted(snapshots.length, 'snapshot')} of ${name} removed with ${counted(removedFiles ?? 0, 'file')}, ${kept} stay.`,
    );
}

function expire(table: string, { olderThan, keepLast, dryRun, ...options }: ExpireOptions): Promise<Expiry> {
  return withLake(options, async (warehouse) => {
    const name = requireTable(warehouse, table);
    const request = { olderThanMs: Date.now() - olderThan, keepLast };
    if (!dryRun) {
      await requireFinished(warehouse, name);
      const { snapshotIds, removedFiles, state } = await expireSnapshots(warehouse, {
        table: name,
        ...request,
      });
      const kept = state.metadata.snapshots.length;
      return { table, snapshots: snapshotIds, removedFiles: removedFiles.length, kept };
    }
    const { metadata } = await loadTable(warehouse, name);
    const going = expiringSnapshots(metadata, { ...request, now: Date.now() });
    return {
      table,
      snapshots: going.map((snapshot) => snapshot['snapshot-id']),
      kept: metadata.snapshots.length - going.length,
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
