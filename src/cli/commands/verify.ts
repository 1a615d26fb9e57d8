import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { LogVerification, Problem, RunVerification } from '../../audit/sqlite/index.ts';
import { LogError } from '../../errors/index.ts';
import type { Cli } from '../cli.ts';
import { databaseOption, type LogOptions, projectOption } from '../common-options.ts';
import { withLog } from '../open-log.ts';
import { counted } from '../render/counts.ts';
import { printable } from '../render/printable.ts';

interface VerifyOptions extends LogOptions {
  readonly json?: true;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('verify')
    .description('re-derive every hash of the log, of one run, or of an exported run')
    .argument(
      '[run]',
      "a run's id, the beginning of one, `last`, or the path of an export (*.jsonl); default: the whole log",
    )
    .option('--json', 'print JSON')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((run: string | undefined, options: VerifyOptions) => verifyCommand(cli, run, options));
}

async function verifyCommand(cli: Cli, run: string | undefined, options: VerifyOptions): Promise<void> {
  const verified = await verification(cli, run, options);
  if (options.json) {
    // The report says everything that the error would: one value, not two.
    cli.terminal.out(JSON.stringify(verified));
    if (!verified.ok) cli.exitCode = 1;
    return;
  }
  cli.terminal.out(report(verified).join('\n'));
  if (!verified.ok) throw isExport(run) ? unfit(run, verified) : corrupt(verified);
}

async function verification(
  cli: Cli,
  run: string | undefined,
  options: VerifyOptions,
): Promise<LogVerification> {
  const { findRun, verifyLog, verifyRun } = await import('../../audit/sqlite/index.ts');
  if (isExport(run)) return verifyFile(run);
  return withLog(cli, options, (log) =>
    run === undefined ? verifyLog(log) : verifyRun(log, findRun(log, run)),
  );
}

function report({ runs, problems, redacted, pruned, unwiped }: LogVerification): string[] {
  const events = runs.reduce((sum, run) => sum + run.events, 0);
  const bad = runs.filter((run) => run.problems.length > 0).length;
  return [
    ...problems.map((problem) => `✗ ${describe(problem)}`),
    ...runs.flatMap(runLines),
    ...(redacted === 0 ? [] : [`${counted(redacted, 'text')} redacted: what was taken out is written down`]),
    ...(unwiped
      ? [
          'A redaction was cut off: free pages of the file may still hold its texts. Type it again to finish it.',
        ]
      : []),
    ...(pruned === 0 ? [] : [`${counted(pruned, 'run')} pruned: which, when and why is written down`]),
    `${counted(runs.length, 'run')}, ${counted(events, 'event')}, ${bad + problems.length === 0 ? 'all hashes fit' : whatDoesNot(bad, problems.length)}`,
  ];
}

const whatDoesNot = (runs: number, places: number): string =>
  `${[
    ...(runs > 0 ? [counted(runs, 'run')] : []),
    ...(places > 0 ? [`${counted(places, 'place')} of the file`] : []),
  ].join(' and ')} ${runs + places === 1 ? 'does' : 'do'} not verify`;

function runLines(run: RunVerification): string[] {
  const sign = run.problems.length === 0 ? '✓' : '✗';
  return [
    `${sign} ${run.runId}  ${run.root}  ${counted(run.events, 'event')}`,
    ...run.problems.map((problem) => `    ${describe(problem)}`),
    ...(run.redacted === 0 ? [] : [`    ${run.redacted} of its texts redacted`]),
    ...run.unknownTypes.map((type) => `    holds events of a newer program: ${printable(type)}`),
    ...run.inDoubt.map(
      ({ name, position, effect }) =>
        `    begun, and no end in the log: ${printable(name)} at ${position}${effect === undefined ? '' : ` (${effect})`}`,
    ),
  ];
}

function describe({ seq, position, line, what }: Problem): string {
  const place = [
    line === undefined ? '' : `line ${line}${seq === undefined ? ':' : ','}`,
    seq === undefined ? '' : `event ${seq}`,
    position === undefined ? '' : `at ${position}`,
  ].filter(Boolean);
  return printable(
    [place.join(' ').replace(/:?$/, place.length === 0 ? '' : ':'), what].filter(Boolean).join(' '),
  );
}

const problemsIn = ({ runs, problems }: LogVerification): string =>
  counted(
    runs.reduce((sum, run) => sum + run.problems.length, problems.length),
    'problem',
  );

function corrupt(verified: LogVerification): LogError {
  return new LogError({
    code: 'LOG_CORRUPT',
    message: `The audit log does not verify: ${problemsIn(verified)}.`,
    hint: 'Keep the file as it is for whoever looks into it, and go on in a new one with --db.',
  });
}

function unfit(path: string, verified: LogVerification): LogError {
  return new LogError({
    code: 'LOG_CORRUPT',
    message: `${path} does not verify: ${problemsIn(verified)}.`,
    hint: 'export the run again where it was made, or copy the file again.',
  });
}

const isExport = (run: string | undefined): run is string => run?.endsWith('.jsonl') === true;

/** Fails as `import` does: the same file has the same code. */
async function verifyFile(path: string): Promise<LogVerification> {
  const { unreadableExport, verifyExport } = await import('../../audit/sqlite/index.ts');
  try {
    return verifyExport(readFileSync(path, 'utf8'));
  } catch (error) {
    throw unreadableExport(path, error);
  }
}
