import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Pruned, PruneOptions, PruneStatus, Undecided } from '../../audit/sqlite/index.ts';
import type { Cli } from '../cli.ts';
import { databaseOption, type LogOptions, projectOption } from '../common-options.ts';
import { withWritableLog } from '../open-log.ts';
import { parseAge } from '../parse-age.ts';
import { counted } from '../render/counts.ts';
import { formatTime } from '../render/duration.ts';
import { printable } from '../render/printable.ts';
import { renderTable } from '../render/table.ts';
import { who } from '../who.ts';

interface PruneCommandOptions extends LogOptions {
  readonly olderThan: number;
  readonly keep?: readonly PruneStatus[];
  readonly keepLast?: number;
  readonly even?: readonly Undecided[];
  readonly why?: string;
  readonly by?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

const statuses: readonly PruneStatus[] = ['ok', 'failed', 'stopped', 'waiting', 'interrupted', 'died'];
const undecided: readonly Undecided[] = ['waiting', 'in-doubt'];

export function register(program: Command, cli: Cli): void {
  program
    .command('prune')
    .description('remove old runs from the log as a whole, and the texts that no other run names')
    .addOption(
      new Option('--older-than <age>', 'runs whose last event is older: 90d, 12h, 30m, 2w')
        .argParser(parseAge)
        .makeOptionMandatory(),
    )
    .addOption(new Option('--keep <status...>', 'keep runs of these statuses').choices([...statuses]))
    .addOption(new Option('--keep-last <n>', 'keep so many runs of each workflow').argParser(readCount))
    .addOption(
      new Option('--even <what...>', 'also runs that a person has to decide about').choices([...undecided]),
    )
    .option('--why <text>', 'the reason, kept in the log (default: the age)')
    .option('--by <name>', 'who decided it (default: the user of this machine)')
    .option('--dry-run', 'say what would go, and change nothing')
    .option('--json', 'print JSON')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((options: PruneCommandOptions) => pruneCommand(cli, options));
}

function readCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) throw new InvalidArgumentError('It must be a whole number.');
  return count;
}

async function pruneCommand(cli: Cli, options: PruneCommandOptions): Promise<void> {
  const { pruneRuns } = await import('../../audit/sqlite/index.ts');
  const nowMs = Date.now();
  const asked = pruneOptions(cli, options, nowMs);
  const done = await withWritableLog(cli, { ...options, mustExist: true }, (log) => pruneRuns(log, asked));
  cli.terminal.out(options.json ? JSON.stringify(done) : report(done, options.dryRun === true).join('\n'));
}

function pruneOptions(cli: Cli, options: PruneCommandOptions, nowMs: number): PruneOptions {
  const { olderThan, keep, keepLast, even, why, dryRun } = options;
  return {
    olderThanMs: nowMs - olderThan,
    nowMs,
    by: options.by ?? who(cli),
    why: why ?? `older than ${new Date(nowMs - olderThan).toISOString().slice(0, 16)}Z`,
    ...(keep && { keep }),
    ...(keepLast !== undefined && { keepLast }),
    ...(even && { even }),
    ...(dryRun && { dryRun }),
  };
}

function report(done: Pruned, dryRun: boolean): string[] {
  const { prune, withoutParent } = done;
  const rows = prune.map(({ runId, workflowId, status, lastAtMs, events }) => [
    `  ${printable(runId)}`,
    printable(workflowId),
    status,
    `${formatTime(lastAtMs)} UTC`,
    counted(events, 'event'),
  ]);
  return [
    prune.length === 0
      ? 'Nothing to prune.'
      : `${counted(prune.length, 'run')} ${dryRun ? 'would go' : 'removed'}`,
    ...renderTable(rows),
    ...keptLines(done),
    ...(withoutParent === 0
      ? []
      : [
          `${counted(withoutParent, 'run')} of those that stay ${withoutParent === 1 ? 'has its' : 'have their'} parent among them: a replay or fork holds copies of what it took, and stays whole`,
        ]),
    ...(dryRun || prune.length === 0 ? [] : spaceLines(done)),
  ];
}

const reasons: Readonly<Record<keyof Pruned['kept'], string>> = {
  'under way': 'under way',
  'parent of a run under way': 'needed by a run that is under way',
  'parent of an unfinished run': 'needed by a fork or replay that may be resumed',
  young: 'younger',
  waiting: 'waiting for a person (--even waiting)',
  'in-doubt': 'with calls in doubt (--even in-doubt)',
  status: 'of a status to keep',
  newest: 'among the newest of their workflow',
};

function keptLines({ kept }: Pruned): string[] {
  const parts = Object.entries(reasons).flatMap(([reason, words]) => {
    const count = kept[reason as keyof Pruned['kept']] ?? 0;
    return count === 0 ? [] : [`${count} ${words}`];
  });
  return parts.length === 0 ? [] : [`kept: ${parts.join(', ')}`];
}

function spaceLines({ texts, bytesBefore, bytesAfter, remains }: Pruned): string[] {
  const removed =
    texts === undefined
      ? 'their texts go with the next prune that finds no run under way'
      : `${counted(texts, 'text')} removed`;
  const size = `the log takes ${bytes(bytesAfter)}, before ${bytes(bytesBefore)}`;
  return [removed, remains === undefined ? size : `${size}; its free pages stay in the file: ${remains}`];
}

const bytes = (count: number): string => `${(count / 1e6).toFixed(count < 1e6 ? 3 : 1)} MB`;
