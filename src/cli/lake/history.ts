import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  ancestorsOf,
  loadTable,
  type Snapshot,
  type TableMetadata,
  type Warehouse,
} from '../../servers/lake/iceberg/index.ts';
import { outsideWriter } from '../../servers/lake/storage/outside-writer.ts';
import type { LakeRequest } from '../../servers/lake/storage/rollback-requests.ts';
import type { Cli } from '../cli.ts';
import { projectOption } from '../common-options.ts';
import { formatTime } from '../render/duration.ts';
import { printable } from '../render/printable.ts';
import { renderTable } from '../render/table.ts';
import { type LakeOptions, warehouseOption } from './lake-options.ts';
import { requireTable, withLake } from './open-lake.ts';
import { withLedger } from './with-ledger.ts';

interface HistoryOptions extends LakeOptions {
  readonly limit: number;
}

export function register(lake: Command, cli: Cli): void {
  lake
    .command('history')
    .description('list the snapshots of a table, newest first: what changed it, and which run and call did')
    .argument('<table>', 'schema.table')
    .addOption(new Option('--limit <n>', 'at most so many').argParser(readLimit).default(20))
    .option('--json', 'print one line of JSON per snapshot')
    .addOption(warehouseOption())
    .addOption(projectOption())
    .action((table: string, options: HistoryOptions) => historyCommand(cli, { table, options }));
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit > 0) return limit;
  throw new InvalidArgumentError('It must be a whole number from 1 on.');
}

async function historyCommand(
  { terminal }: Cli,
  { table, options }: { table: string; options: HistoryOptions },
): Promise<void> {
  const all = await withLake(options, async (warehouse) => {
    const { metadata } = await loadTable(warehouse, requireTable(warehouse, table));
    return withPersons(describeHistory(metadata), await rollbacksOf(warehouse, metadata['table-uuid']));
  });
  const shown = all.slice(0, options.limit);
  if (options.json) {
    for (const snapshot of shown) terminal.out(JSON.stringify(snapshot));
    return;
  }
  if (shown.length === 0) terminal.out('No snapshots: the table was never written.');
  else
    terminal.out(
      renderTable(
        [head, ...shown.map(rowOf)],
        ['left', 'left', 'left', 'left', 'right', 'right', 'right'],
      ).join('\n'),
    );
  if (all.length > shown.length) terminal.err(`${all.length - shown.length} older: --limit ${all.length}`);
}

export type Standing = 'current' | 'past' | 'rolled back';

export interface DescribedSnapshot {
  readonly snapshot: string;
  readonly standing: Standing;
  readonly atMs: number;
  readonly operation: string;
  readonly added: number;
  readonly removed: number;
  readonly rows: number | null;
  /** The person by whom it was rolled back; absent when another engine did it. */
  readonly rolledBackBy?: string;
  /** The program that wrote it, when that was none of the lake's tools. */
  readonly writtenFromOutsideBy?: string;
  /** The keys that the snapshot's writer gave, without the format's own counts. */
  readonly keys: Readonly<Record<string, string>>;
}

/** Newest first. */
export function describeHistory(metadata: TableMetadata): readonly DescribedSnapshot[] {
  const current = metadata['current-snapshot-id'];
  const past = new Set(ancestorsOf(metadata, current).map((snapshot) => snapshot['snapshot-id']));
  const standing = (id: string): Standing =>
    id === current ? 'current' : past.has(id) ? 'past' : 'rolled back';
  return metadata.snapshots
    .toSorted((left, right) => right['timestamp-ms'] - left['timestamp-ms'])
    .map((snapshot) => ({
      ...outsideOf(snapshot),
      snapshot: snapshot['snapshot-id'],
      standing: standing(snapshot['snapshot-id']),
      atMs: snapshot['timestamp-ms'],
      operation: snapshot.summary.operation,
      added: Number(snapshot.summary['added-records'] ?? 0),
      removed: Number(snapshot.summary['deleted-records'] ?? 0),
      rows: rowsOf(snapshot),
      keys: ownKeys(snapshot),
    }));
}

function outsideOf({ summary }: Snapshot): Pick<DescribedSnapshot, 'writtenFromOutsideBy'> {
  const outside = outsideWriter(summary);
  return outside === undefined ? {} : { writtenFromOutsideBy: outside };
}

/** Rollbacks that were made, the newest first. */
function rollbacksOf(warehouse: Warehouse, tableUuid: string): Promise<readonly LakeRequest[]> {
  return withLedger(warehouse, async (ledger) => {
    const { listRequestRows } = await import('../../servers/lake/storage/rollback-requests.ts');
    return listRequestRows(ledger)
      .filter((request) => request.tableUuid === tableUuid && request.status === 'approved')
      .toSorted((left, right) => (right.decidedAtMs ?? 0) - (left.decidedAtMs ?? 0));
  });
}

function withPersons(
  snapshots: readonly DescribedSnapshot[],
  rollbacks: readonly LakeRequest[],
): readonly DescribedSnapshot[] {
  return snapshots.map((described) => {
    if (described.standing !== 'rolled back') return described;
    const by = rollbacks.find(({ details }) =>
      details.undone.some(({ snapshot }) => snapshot === described.snapshot),
    )?.decidedBy;
    return { ...described, ...(by && { rolledBackBy: by }) };
  });
}

export function rowsOf({ summary }: Snapshot): number | null {
  const total = summary['total-records'];
  return total === undefined ? null : Number(total);
}

function ownKeys({ summary }: Snapshot): Record<string, string> {
  return Object.fromEntries(Object.entries(summary).filter(([key]) => key.includes('.')));
}

const head = ['', 'snapshot', 'at (UTC)', 'operation', 'added', 'removed', 'rows', 'by'];
const marks: Readonly<Record<Standing, string>> = { current: '*', past: '', 'rolled back': '-' };

function rowOf({
  standing,
  snapshot,
  atMs,
  operation,
  added,
  removed,
  rows,
  keys,
  rolledBackBy,
  writtenFromOutsideBy: outside,
}: DescribedSnapshot): string[] {
  const {
    'aiworkflow.tool': tool,
    'aiworkflow.call': call,
    'aiworkflow.run': run,
    'aiworkflow.by': by,
  } = keys;
  const told = outside === undefined ? undefined : `written from outside by ${outside}`;
  const who = [tool, by, call ?? run, keys['aiworkflow.file'], told].filter((part) => part !== undefined);
  const undone = rolledBackBy === undefined ? '(rolled back)' : `(rolled back by ${rolledBackBy})`;
  return [
    marks[standing],
    snapshot,
    formatTime(atMs),
    operation,
    added.toLocaleString('en'),
    removed.toLocaleString('en'),
    rows === null ? '?' : rows.toLocaleString('en'),
    printable([...(standing === 'rolled back' ? [undone] : []), ...who].join(' ')),
  ];
}
