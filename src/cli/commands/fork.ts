import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { DefinitionError, messageOf } from '../../errors/index.ts';
import { readBudget, readLimits, readModels, readParams } from '../assignments.ts';
import type { Cli } from '../cli.ts';
import {
  asRecordedOption,
  budgetOption,
  databaseOption,
  limitOption,
  modelOption,
  paramOption,
  projectOption,
} from '../common-options.ts';
import { type InProgress, inProgress, type ProgressOptions, printResult } from '../run-in-progress.ts';

interface ForkCommandOptions extends ProgressOptions {
  readonly from: string;
  readonly param?: readonly string[];
  readonly model?: readonly string[];
  readonly prompt?: string;
  readonly editResult?: string;
  readonly budget?: string;
  readonly limit?: readonly string[];
  readonly asRecorded?: true;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('fork')
    .description('a new run that takes another run up to one place from the log, and is live from there on')
    .argument('<run>', "a run's id, the beginning of one, or `last`")
    .requiredOption(
      '--from <place>',
      'the first step (load), item (load[2]), round (refine~2) or call (load[2]/m3, or its number in `show`) that is live',
    )
    .addOption(modelOption())
    .option('--prompt <file>', 'a .prompt file in the place of the prompt of that step')
    .addOption(paramOption())
    .option('--edit-result <file>', 'what the call is to have answered, instead of asking it again')
    .addOption(budgetOption())
    .addOption(limitOption())
    .addOption(asRecordedOption())
    .option('--json', 'print each event and the result as a line of JSON')
    .option('--quiet', 'print the result and errors, nothing else')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((run: string, options: ForkCommandOptions) => forkCommand(cli, run, options));
}

async function forkCommand(cli: Cli, run: string, options: ForkCommandOptions): Promise<void> {
  const given = {
    models: readModels(options.model ?? []),
    params: readParams(options.param ?? []),
    budget: readBudget(options.budget),
    limits: readLimits(options.limit ?? []),
    editedResult: options.editResult === undefined ? undefined : readResult(options.editResult),
  };
  const { runNamed } = await import('../run-named.ts');
  const runId = await runNamed(cli, options, run);
  const { value, progress } = await inProgress(cli, options, (running) =>
    forkNow(running, { runId, options, given }),
  );
  printResult(cli, value, { progress, options });
}

interface Fork {
  readonly runId: string;
  readonly options: ForkCommandOptions;
  readonly given: {
    readonly models: ReturnType<typeof readModels>;
    readonly params: Record<string, unknown>;
    readonly budget: ReturnType<typeof readBudget>;
    readonly limits: ReturnType<typeof readLimits>;
    readonly editedResult: string | undefined;
  };
}

async function forkNow({ runtime, interrupts, progress }: InProgress, { runId, options, given }: Fork) {
  const [{ forkRun }, { openModelsLeft }] = await Promise.all([
    import('../../runtime/rerun/fork-run.ts'),
    import('../resume-now.ts'),
  ]);
  const { models, params, budget, limits, editedResult } = given;
  const { from, prompt, asRecorded = false } = options;
  return forkRun(runtime, runId, {
    from,
    models,
    asRecorded,
    params,
    ...(prompt !== undefined && { promptFile: prompt }),
    ...(editedResult !== undefined && { editedResult }),
    ...(budget && { budget }),
    ...(limits && { limits }),
    signal: interrupts.signal,
    async prepare(workflow, plan) {
      await openModelsLeft(runtime, { ...plan, workflow, models });
      // Said, not refused: a fork is live from its place on, and that is what was asked for.
      if (plan.again.length > 0) progress.announce(`These may be called again: ${plan.again.join(', ')}.`);
    },
  });
}

function readResult(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new DefinitionError({
      code: 'FILE_NOT_FOUND',
      message: `--edit-result: ${path} cannot be read: ${messageOf(cause)}.`,
      hint: 'name a file with the text that the call is to have answered.',
      cause,
    });
  }
}
