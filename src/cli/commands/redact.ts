import type { Command } from 'commander';
import type { Redaction } from '../../audit/sqlite/index.ts';
import { LogError } from '../../errors/index.ts';
import type { Cli } from '../cli.ts';
import { databaseOption, type LogOptions, projectOption } from '../common-options.ts';
import { withWritableLog } from '../open-log.ts';
import { parseMatch } from '../parse-match.ts';
import { counted } from '../render/counts.ts';
import { printable } from '../render/printable.ts';
import { who } from '../who.ts';
import { wrongUsage } from '../wrong-usage.ts';

interface RedactOptions extends LogOptions {
  readonly match: string;
  readonly why: string;
  readonly by?: string;
  readonly step?: string;
  readonly call?: string;
  readonly allRuns?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('redact')
    .description(
      'take texts of a run out of the log for good; the chain still verifies, and the log says who and why',
    )
    .argument('<run>', "a run's id, the beginning of one, or `last`")
    .requiredOption(
      '--match <text>',
      'texts that hold this, or match this /regular expression/i, go as a whole',
    )
    .requiredOption('--why <text>', 'the reason, kept in the log')
    .option('--by <name>', 'who decided it (default: the user of this machine)')
    .option('--step <step>', 'only texts of this step, its items and inner steps')
    .option('--call <n>', 'only texts of this call')
    .option('--all-runs', 'also take what matches out of all other runs of the log')
    .option('--dry-run', 'say what would go, and change nothing')
    .option('--json', 'print JSON')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((run: string, options: RedactOptions) => redactCommand(cli, run, options));
}

async function redactCommand(cli: Cli, run: string, options: RedactOptions): Promise<void> {
  const { findRun, redactRun } = await import('../../audit/sqlite/index.ts');
  const { step, call, allRuns, dryRun } = options;
  const match = parseMatch(options.match);
  if (options.why.trim() === '') throw wrongUsage('--why is empty.', 'say why the text has to go.');
  const done = await withWritableLog(cli, { ...options, mustExist: true }, (log) =>
    redactRun(log, findRun(log, run), {
      match,
      by: options.by ?? who(cli),
      why: options.why,
      ...(step !== undefined && { step }),
      ...(call !== undefined && { call: Number(call) }),
      ...(allRuns && { allRuns }),
      ...(dryRun && { dryRun }),
    }),
  );
  const failure = incomplete(done);
  if (options.json) {
    cli.terminal.out(JSON.stringify({ ...done, complete: failure === undefined }));
    if (failure) cli.exitCode = 1;
    return;
  }
  cli.terminal.out(report(done, dryRun === true).join('\n'));
  if (failure) throw failure;
}

function report(
  { runId, texts, otherRuns, elsewhere, inEvents, wiped }: Redaction,
  dryRun: boolean,
): string[] {
  const verb = dryRun ? 'would be redacted' : 'redacted';
  return [
    `${printable(runId)}: ${counted(texts.length, 'text')} ${verb}`,
    ...texts.map(({ hash, characters }) => `  ${hash}  ${counted(characters, 'character')}`),
    ...(otherRuns.length === 0 ? [] : [`also ${dryRun ? 'in' : 'gone from'} ${listed(otherRuns)}`]),
    ...inEvents.map(
      ({ runId: other, seq, type, position, field }) =>
        `  stays: ${other === undefined ? '' : `run ${printable(other)}, `}event ${seq} (${printable(type)}${position === undefined ? '' : ` at ${printable(position)}`}), ${printable(field)}`,
    ),
    ...(elsewhere.texts === 0
      ? []
      : [
          `stays: ${counted(elsewhere.texts, 'other text')} of ${counted(elsewhere.runs.length, 'other run')} ${elsewhere.texts === 1 ? 'matches' : 'match'} too (--all-runs takes ${elsewhere.texts === 1 ? 'it' : 'them'} as well): ${listed(elsewhere.runs)}`,
        ]),
    ...(wiped ? ['the file was written anew: free pages and the write-ahead log do not hold them'] : []),
  ];
}

/** The first ten, and how many more. */
const listed = (runs: readonly string[]): string =>
  `${runs.slice(0, 10).map(printable).join(', ')}${runs.length > 10 ? ` and ${runs.length - 10} more` : ''}`;

/** Events cannot be changed: what stands in one can only go with the whole run. */
function incomplete({ runId, inEvents, remains }: Redaction): LogError | undefined {
  if (remains !== undefined)
    return new LogError({
      code: 'REDACTION_INCOMPLETE',
      message: `The texts are redacted, but the file may still hold them in free pages or in its write-ahead log: ${remains}.`,
      hint: 'end what reads the log, see that the disk has room, and type the same command again.',
    });
  if (inEvents.length === 0) return undefined;
  return new LogError({
    code: 'REDACTION_INCOMPLETE',
    message: `It also stands in ${counted(inEvents.length, 'place')} of events, which cannot be changed without breaking the chain.`,
    hint: `only the whole run can go: aiworkflow prune takes runs of an age; export it first if it is needed (${runId}).`,
    details: { runId, places: inEvents.map((place) => ({ ...place })) },
  });
}
