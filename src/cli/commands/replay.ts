import type { Command } from 'commander';
import type { Runtime } from '../../runtime.ts';
import { readModels } from '../assignments.ts';
import type { Cli } from '../cli.ts';
import { asRecordedOption, databaseOption, modelOption, projectOption } from '../common-options.ts';
import { inProgress, type ProgressOptions } from '../run-in-progress.ts';
import { wrongUsage } from '../wrong-usage.ts';

interface ReplayCommandOptions extends ProgressOptions {
  readonly model?: readonly string[];
  readonly tools?: string;
  readonly onMiss?: string;
  readonly allowEffects?: true;
  readonly asRecorded?: true;
  readonly dryRun?: true;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('replay')
    .description('run a recorded run again from the log, as a new run, and say where it comes out otherwise')
    .argument('<run>', "a run's id, the beginning of one, or `last`")
    .option('--tools <live>', 'live: the words of the models from the log, tools called for real')
    .addOption(modelOption())
    .option(
      '--on-miss <stop|live>',
      'with --model: live makes tool calls that the log does not hold, if they only read (default: stop)',
    )
    .option('--allow-effects', 'with --tools live: call tools again that change something')
    .option('--dry-run', 'only say what is safe for each step, and why')
    .addOption(asRecordedOption())
    .option('--json', 'print each event and the outcome as a line of JSON')
    .option('--quiet', 'print the outcome and errors, nothing else')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((run: string, options: ReplayCommandOptions) => replayCommand(cli, run, options));
}

async function replayCommand(cli: Cli, run: string, options: ReplayCommandOptions): Promise<void> {
  const choice = readChoice(options);
  const { runNamed } = await import('../run-named.ts');
  const runId = await runNamed(cli, options, run);
  const { printSafety, printOutcome } = await import('../replay-report.ts');
  if (options.dryRun) return printSafety(cli, runId, options);
  const { replayRun } = await import('../../runtime/rerun/replay-run.ts');
  const { value } = await inProgress(cli, { ...options, liveOnly: true }, async ({ runtime, interrupts }) => {
    await requireNamedSteps(runtime, runId, choice);
    return replayRun(runtime, runId, { ...choice, signal: interrupts.signal });
  });
  await printOutcome(cli, value, options);
}

/** `--model setp=m` must not be ignored: nothing would be asked, and the replay be called equal. */
async function requireNamedSteps(
  runtime: Runtime,
  runId: string,
  { models, asRecorded }: ReturnType<typeof readChoice>,
): Promise<void> {
  const named = Object.keys(models?.steps ?? {});
  if (named.length === 0) return;
  const [{ workflowOf }, { openPast }, { requireSteps }] = await Promise.all([
    import('../../runtime/rerun/definition.ts'),
    import('../../runtime/rerun/open-past.ts'),
    import('../load-workflow.ts'),
  ]);
  requireSteps(await workflowOf(runtime, openPast(runtime.log, runId), { asRecorded }), named);
}

function readChoice(options: ReplayCommandOptions) {
  const { model = [], tools, onMiss, asRecorded = false, allowEffects = false } = options;
  if (tools !== undefined && tools !== 'live')
    throw wrongUsage(`--tools ${tools} is not one that there is.`, 'write --tools live, or leave it out.');
  if (tools === 'live' && model.length > 0)
    throw wrongUsage(
      '--tools live and --model exclude each other: with both for real nothing would come from the log.',
      'run the workflow itself for that: aiworkflow run <workflow> --model …',
    );
  if (onMiss !== undefined && model.length === 0)
    throw wrongUsage('--on-miss says what a replay with --model does.', 'give --model too, or leave it out.');
  const live = tools === 'live' ? 'tools' : model.length > 0 ? 'models' : 'nothing';
  return {
    live,
    asRecorded,
    allowEffects,
    ...(live === 'models' && { models: readModels(model) }),
    ...(onMiss !== undefined && { onMiss: readOnMiss(onMiss) }),
  } as const;
}

function readOnMiss(text: string): 'stop' | 'live' {
  if (text === 'stop' || text === 'live') return text;
  throw wrongUsage(`--on-miss ${text} is not one that there is.`, 'write --on-miss stop or --on-miss live.');
}
