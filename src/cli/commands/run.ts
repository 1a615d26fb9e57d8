import type { Command } from 'commander';
import type { WorkflowResult } from '../../domain/result.ts';
import { readModels, readParams } from '../assignments.ts';
import type { Cli } from '../cli.ts';
import { databaseOption, modelOption, paramOption, projectOption } from '../common-options.ts';
import { type InProgress, inProgress, type ProgressOptions, printResult } from '../run-in-progress.ts';

interface RunOptions extends ProgressOptions {
  readonly param?: readonly string[];
  readonly model?: readonly string[];
  readonly resume?: true;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('run')
    .description('run a workflow')
    .argument('<workflow>', 'its id, or the path of its file')
    .addOption(paramOption())
    .addOption(modelOption())
    .option('--resume', 'go on with the newest run of this workflow when it has not ended well')
    .option('--json', 'print each event and the result as a line of JSON')
    .option('--quiet', 'print the result and errors, nothing else')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((workflow: string, options: RunOptions) => runCommand(cli, workflow, options));
}

async function runCommand(cli: Cli, ref: string, options: RunOptions): Promise<void> {
  const given = { params: readParams(options.param ?? []), models: readModels(options.model ?? []) };
  const { value, progress } = await inProgress(cli, options, (running) =>
    options.resume ? resumeOrRun(running, ref, given) : runWorkflowOf(running, ref, given),
  );
  printResult(cli, value, { progress, options });
}

interface Given {
  readonly params: Record<string, unknown>;
  readonly models: ReturnType<typeof readModels>;
}

async function runWorkflowOf(
  { runtime, interrupts }: InProgress,
  ref: string,
  given: Given,
): Promise<WorkflowResult> {
  const [{ runLoadedWorkflow }, { loadWorkflow }, { openModels, requireSteps }, { resolveParams }] =
    await Promise.all([
      // Single files, not the folder's index: the static check is not needed to run, and costs its time to load.
      import('../../runtime/run-workflow-file.ts'),
      import('../../runtime/load-workflow.ts'),
      import('../load-workflow.ts'),
      import('../../definitions/resolve-params.ts'),
    ]);
  const workflow = await loadWorkflow(runtime, ref);
  requireSteps(workflow, Object.keys(given.models.steps));
  const params = resolveParams(workflow, given.params);
  const { model: fallback } = runtime.config;
  await openModels(runtime, workflow, { ...given.models, ...(fallback !== undefined && { fallback }) });
  return runLoadedWorkflow(runtime, workflow, { params, models: given.models, signal: interrupts.signal });
}

/** `run --resume`: for whoever starts the same line again and again until it is done. */
async function resumeOrRun(running: InProgress, ref: string, given: Given): Promise<WorkflowResult> {
  const [{ newestUnfinished }, { loadWorkflow }, { resumeNow }] = await Promise.all([
    import('../unfinished.ts'),
    import('../../runtime/load-workflow.ts'),
    import('../resume-now.ts'),
  ]);
  const { runtime, progress } = running;
  const workflow = await loadWorkflow(runtime, ref);
  const unfinished = newestUnfinished(runtime, workflow, given.params);
  if (unfinished === undefined) return runWorkflowOf(running, ref, given);
  progress.announce(`Going on with run ${unfinished}.`);
  return resumeNow(running, unfinished, { models: given.models });
}
