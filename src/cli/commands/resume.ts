import type { Command } from 'commander';
import { readBudget, readLimits, readModels } from '../assignments.ts';
import type { Cli } from '../cli.ts';
import {
  asRecordedOption,
  budgetOption,
  databaseOption,
  limitOption,
  modelOption,
  projectOption,
} from '../common-options.ts';
import { inProgress, type ProgressOptions, printResult } from '../run-in-progress.ts';

interface ResumeOptions extends ProgressOptions {
  readonly model?: readonly string[];
  readonly budget?: string;
  readonly limit?: readonly string[];
  readonly asRecorded?: true;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('resume')
    .description('go on with a run where it stopped: what ended is taken from the log')
    .argument('<run>', "a run's id, the beginning of one, or `last`")
    .addOption(modelOption())
    .addOption(budgetOption())
    .addOption(limitOption())
    .addOption(asRecordedOption())
    .option('--json', 'print each new event and the result as a line of JSON')
    .option('--quiet', 'print the result and errors, nothing else')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((run: string, options: ResumeOptions) => resumeCommand(cli, run, options));
}

async function resumeCommand(cli: Cli, run: string, options: ResumeOptions): Promise<void> {
  const { asRecorded = false } = options;
  const models = readModels(options.model ?? []);
  const budget = readBudget(options.budget);
  const limits = readLimits(options.limit ?? []);
  const { runNamed } = await import('../run-named.ts');
  const runId = await runNamed(cli, options, run);
  const { resumeNow } = await import('../resume-now.ts');
  const { value, progress } = await inProgress(cli, options, (running) =>
    resumeNow(running, runId, { models, asRecorded, ...(budget && { budget }), ...(limits && { limits }) }),
  );
  printResult(cli, value, { progress, options });
}
