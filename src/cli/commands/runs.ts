import { type Command, InvalidArgumentError, Option } from 'commander';
import type { RunRow } from '../../audit/sqlite/index.ts';
import type { RunStatus } from '../../domain/result.ts';
import type { Cli } from '../cli.ts';
import { databaseOption, type LogOptions, projectOption } from '../common-options.ts';
import { withLog } from '../open-log.ts';
import { clipAnsiLine } from '../render/clip-ansi-line.ts';
import { formatDuration, formatTime } from '../render/duration.ts';
import { formatCost } from '../render/money.ts';
import { printable } from '../render/printable.ts';
import type { Ink, Style } from '../render/style.ts';
import { renderTable } from '../render/table.ts';
import { formatCount } from '../render/tokens.ts';

interface RunsOptions extends LogOptions {
  readonly limit: number;
  readonly workflow?: string;
  readonly status?: RunStatus | 'died';
  readonly json?: true;
}

const statuses: readonly (RunStatus | 'died')[] = [
  'running',
  'died',
  'ok',
  'failed',
  'stopped',
  'waiting',
  'interrupted',
];

export function register(program: Command, cli: Cli): void {
  program
    .command('runs')
    .description('list the runs of the log, newest first')
    .addOption(new Option('--limit <n>', 'at most so many').argParser(readLimit).default(20))
    .option('--workflow <id>', 'of one workflow')
    .addOption(new Option('--status <status>', 'of one status').choices([...statuses]))
    .option('--json', 'print one run per line as JSON')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((options: RunsOptions) => runsCommand(cli, options));
}

function readLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1)
    throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return limit;
}

async function runsCommand(cli: Cli, options: RunsOptions): Promise<void> {
  const { terminal } = cli;
  const { listRuns } = await import('../../audit/sqlite/index.ts');
  const { limit, workflow, status } = options;
  const rows = await withLog(cli, options, (log) =>
    listRuns(log, {
      limit,
      ...(workflow !== undefined && { workflowId: workflow }),
      ...(status && { status }),
    }),
  );
  if (options.json) for (const row of rows) terminal.out(JSON.stringify(row));
  else if (rows.length === 0) terminal.out('No runs.');
  else
    terminal.out(
      runTable(rows, terminal.outStyle)
        .map((line) => clipAnsiLine(line, terminal.columns))
        .join('\n'),
    );
}

function runTable(rows: readonly RunRow[], style: Style): string[] {
  const heading = ['run', 'workflow', 'status', 'started (UTC)', 'took', 'calls', 'tokens', 'cost', 'note'];
  return renderTable(
    [heading.map((name) => style('dim', name)), ...rows.map((row) => cells(row, style))],
    ['left', 'left', 'left', 'left', 'right', 'right', 'right', 'right', 'left'],
  );
}

function cells(row: RunRow, style: Style): string[] {
  return [
    row.runId,
    row.workflowId,
    status(row, style),
    formatTime(row.startedAtMs),
    row.durationMs === null ? '' : formatDuration(row.durationMs),
    String(row.calls),
    formatCount(row.inputTokens + row.outputTokens),
    formatCost(row.costUsd),
    note(row),
  ];
}

/** A run without an end that no process holds has died: it can be resumed. */
function status(row: RunRow, style: Style): string {
  if (row.status === 'running' && !row.held) return style('red', 'died');
  return style(inks[row.status], row.status);
}

/** A replay is no run that one can go on with, and its answers are another run's. */
function originOf({ origin, parentRunId }: RunRow): string {
  if (!origin) return '';
  return parentRunId === null ? origin : `${origin} of ${parentRunId}`;
}

function note(row: RunRow): string {
  const { inDoubt, status, held, errorMessage } = row;
  const doubt = inDoubt > 0 ? `${inDoubt} ${status === 'running' && held ? 'open' : 'in doubt'}` : '';
  return [originOf(row), doubt, printable(errorMessage ?? '').split('\n', 1)[0]].filter(Boolean).join(': ');
}

const inks: Readonly<Record<RunStatus, Ink>> = {
  running: 'cyan',
  ok: 'green',
  failed: 'red',
  stopped: 'yellow',
  waiting: 'yellow',
  interrupted: 'yellow',
};
