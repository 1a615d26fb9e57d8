import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { LogVerification, Problem, RunVerification } from '../../audit/sqlite/index.ts';
import { DefinitionError, LogError, messageOf } from '../../errors/index.ts';
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
  if (!verified.ok) throw corrupt(verified);
}

async function verification(
  cli: Cli,
  run: string | undefined,
  options: VerifyOptions,
): Promise<LogVerification> {
  const { findRun, verifyExport, verifyLog, verifyRun } = await import('../../audit/sqlite/index.ts');
  if (run?.endsWith('.jsonl')) return verifyExport(readExport(run));
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
    `${counted(runs.length, 'run')}, ${counted(events, 'event')}, ${bad + problems.length === 0 ? 'all hashes fit' : `${counted(bad, 'run')} and ${counted(problems.length, 'place')} of the file do not verify`}`,
  ];
}

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

function describe({ seq, position, what }: Problem): string {
  const place = [
    seq === undefined ? '' : `event ${seq}`,
    position === undefined ? '' : `at ${position}`,
  ].filter(Boolean);
  return printable(place.length === 0 ? what : `${place.join(' ')}: ${what}`);
}

function corrupt({ runs, problems }: LogVerification): LogError {
  const count = problems.length + runs.reduce((sum, run) => sum + run.problems.length, 0);
  return new LogError({
    code: 'LOG_CORRUPT',
    message: `The audit log does not verify: ${counted(count, 'problem')}.`,
    hint: 'Keep the file as it is for whoever looks into it, and go on in a new one with --db.',
  });
}

function readExport(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new DefinitionError({
      code: 'FILE_NOT_FOUND',
      message: `${path} cannot be read: ${messageOf(cause)}.`,
      hint: 'name a file that `aiworkflow export <run> --out file.jsonl` wrote.',
      cause,
    });
  }
}
