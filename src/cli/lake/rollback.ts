import type { Command } from 'commander';
import {
  ancestorsOf,
  loadTable,
  snapshotOf,
  type TableMetadata,
  type TableName,
  type Warehouse,
} from '../../servers/lake/iceberg/index.ts';
import type { Ledger } from '../../servers/lake/storage/lake-ledger.ts';
import type { LakeRequest } from '../../servers/lake/storage/rollback-requests.ts';
import type { Cli } from '../cli.ts';
import { projectOption } from '../common-options.ts';
import { printable } from '../render/printable.ts';
import { who } from '../who.ts';
import { wrongUsage } from '../wrong-usage.ts';
import { rowsOf } from './history.ts';
import { byOption, type LakeOptions, lakePlace, warehouseOption } from './lake-options.ts';
import { tellingHistory } from './moment.ts';
import { requireTable, textOf, withLake } from './open-lake.ts';
import { describeEffect } from './requests.ts';
import { withLedger } from './with-ledger.ts';

interface RollbackOptions extends LakeOptions {
  readonly to: string;
  readonly by?: string;
  readonly why?: string;
  readonly dryRun?: true;
}

export function register(lake: Command, cli: Cli): void {
  lake
    .command('rollback')
    .description(
      'bring a table back to a snapshot of its history; what came after it can be brought back too',
    )
    .argument('<table>', 'schema.table')
    .requiredOption('--to <snapshot>', 'its number in `lake history`')
    .option('--why <text>', 'the reason, kept with the request')
    .addOption(byOption())
    .option('--dry-run', 'say what would be undone, and change nothing')
    .option('--json', 'print JSON')
    .addOption(warehouseOption())
    .addOption(projectOption())
    .action((table: string, options: RollbackOptions) => rollbackCommand(cli, { table, options }));
}

async function rollbackCommand(
  cli: Cli,
  { table, options }: { table: string; options: RollbackOptions },
): Promise<void> {
  const { to, by = who(cli), why, dryRun, ...lake } = options;
  const done = await withLake(lake, (warehouse) =>
    withLedger(warehouse, async (ledger) => {
      const name = requireTable(warehouse, table);
      const move = await tellingHistory(() => moveOf(warehouse, { name, to }), { table, options });
      if (dryRun) return effectOf(ledger, move);
      return (await makeMove({ warehouse, ledger }, { move, by, why })).details;
    }),
  );
  const { terminal } = cli;
  if (options.json) {
    terminal.out(JSON.stringify({ table, by, dryRun: dryRun === true, ...done }));
    return;
  }
  const name = printable(table);
  const words = dryRun ? 'would be at' : 'is at';
  terminal.out(
    [
      `${name} ${words} snapshot ${done.snapshot}${dryRun ? '' : ` (${printable(by)})`}`,
      ...describeEffect(done),
    ].join('\n'),
  );
  if (!dryRun) terminal.err(`Undo: aiworkflow lake rollback ${name} --to ${done.current}${lakePlace(lake)}`);
}

interface Move {
  readonly table: TableName;
  readonly metadata: TableMetadata;
  readonly to: string;
  readonly from: string;
  /** False for a snapshot that the table was rolled back behind. */
  readonly isBack: boolean;
}

async function moveOf(warehouse: Warehouse, { name, to }: { name: TableName; to: string }): Promise<Move> {
  const { metadata } = await loadTable(warehouse, name);
  snapshotOf(metadata, to);
  const from = metadata['current-snapshot-id'];
  if (from === undefined || from === to) {
    throw wrongUsage(
      `${textOf(name)} is at snapshot ${to} already.`,
      `aiworkflow lake history ${textOf(name)}`,
    );
  }
  const isBack = ancestorsOf(metadata, from).some((snapshot) => snapshot['snapshot-id'] === to);
  return { table: name, metadata, to, from, isBack };
}

async function effectOf(
  ledger: Ledger,
  { table, metadata, to, from, isBack }: Move,
): Promise<LakeRequest['details']> {
  if (isBack) {
    const { describeRollback } = await import('../../servers/lake/storage/rollback-requests.ts');
    return describeRollback(ledger, { metadata, snapshot: to, table: textOf(table) });
  }
  const [before, after] = [from, to].map((id) => rowsOf(snapshotOf(metadata, id)));
  return {
    snapshot: to,
    current: from,
    rows_before: before ?? null,
    rows_after: after ?? null,
    undone: [],
    files: [],
  };
}

/** Written down like the request of a model that the same person approves: who looks later finds all of them in one place. */
async function makeMove(
  { warehouse, ledger }: { warehouse: Warehouse; ledger: Ledger },
  { move, by, why }: { move: Move; by: string; why: string | undefined },
): Promise<LakeRequest> {
  const { table, metadata, to, from, isBack } = move;
  if (!isBack) {
    const { restoreSnapshot } = await import('../../servers/lake/storage/restore-snapshot.ts');
    const change = { table, snapshotId: to, from, who: by, reason: why ?? null };
    return restoreSnapshot({ warehouse, ledger }, change);
  }
  const { askForRollback } = await import('../../servers/lake/storage/rollback-requests.ts');
  const { approveRequest } = await import('../../servers/lake/storage/decide-requests.ts');
  const asked = askForRollback(ledger, { table: textOf(table), metadata, snapshot: to, reason: why });
  return approveRequest(warehouse.folder, { request: asked.id, who: by });
}
