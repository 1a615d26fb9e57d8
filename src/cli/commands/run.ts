import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { WorkflowResult } from '../../domain/result.ts';
import { AiworkflowError } from '../../errors/index.ts';
import { readModels, readParams } from '../assignments.ts';
import type { Cli } from '../cli.ts';
import { collect, databaseOption, type LogOptions, projectOption } from '../common-options.ts';
import { type Interrupts, watchInterrupts } from '../interrupts.ts';
import { createProgress, type RunProgress } from '../progress/progress.ts';
import { resultForTerminal, resultText, runSummary } from '../run-summary.ts';

interface RunOptions extends LogOptions {
  readonly param?: readonly string[];
  readonly model?: readonly string[];
  readonly json?: true;
  readonly quiet?: true;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('run')
    .description('run a workflow')
    .argument('<workflow>', 'its id, or the path of its file')
    .option(
      '--param <name=value>',
      'a parameter; name=@file.json reads a file; may be given several times',
      collect,
    )
    .option(
      '--model <model>',
      'provider:model for all steps, or step=provider:model for one; may be given several times',
      collect,
    )
    .option('--json', 'print each event and the result as a line of JSON')
    .option('--quiet', 'print the result and errors, nothing else')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((workflow: string, options: RunOptions) => runCommand(cli, workflow, options));
}

async function runCommand(cli: Cli, ref: string, options: RunOptions): Promise<void> {
  const { terminal } = cli;
  const given = { params: readParams(options.param ?? []), models: readModels(options.model ?? []) };
  const progress = createProgress(terminal, { json: options.json === true, quiet: options.quiet === true });
  const interrupts = watchInterrupts(progress.announce);
  try {
    const result = await runWorkflowOf(cli, ref, { options, given, progress, interrupts });
    progress.stop();
    printResult(cli, result, { progress, options });
  } catch (error) {
    progress.stop();
    if (progress.run && !options.json && !isLogFailure(error))
      terminal.err(`\n${runSummary(progress.run).join('\n')}\n`);
    throw interrupts.explain(error);
  } finally {
    interrupts.stop();
  }
}

// What the summary counts and points to would not be in the log.
const isLogFailure = (error: unknown) => AiworkflowError.is(error) && error.code.startsWith('LOG_');

interface RunSetup {
  readonly options: RunOptions;
  readonly given: {
    readonly params: Record<string, unknown>;
    readonly models: ReturnType<typeof readModels>;
  };
  readonly progress: RunProgress;
  readonly interrupts: Interrupts;
}

async function runWorkflowOf(cli: Cli, ref: string, setup: RunSetup): Promise<WorkflowResult> {
  const { options, given, progress, interrupts } = setup;
  // First: a schema is made with or without its compiler.
  (await import('../schema-compiler.ts')).withoutSchemaCompiler();
  const [
    { createRuntime },
    { runLoadedWorkflow },
    { loadWorkflowOf, openModels, requireSteps },
    { resolveParams },
  ] = await Promise.all([
    // Single files, not the folder's index: the static check is not needed to run, and costs its time to load.
    import('../../runtime.ts'),
    import('../../runtime/run-workflow-file.ts'),
    import('../load-workflow.ts'),
    import('../../definitions/resolve-params.ts'),
  ]);
  const runtime = await createRuntime({
    projectDir: options.project,
    env: cli.env,
    progress,
    ...(options.db !== undefined && { database: resolve(options.db) }),
  });
  try {
    const workflow = await loadWorkflowOf(runtime, ref);
    requireSteps(workflow, Object.keys(given.models.steps));
    const params = resolveParams(workflow, given.params);
    const { model: fallback } = runtime.config;
    await openModels(runtime, workflow, { ...given.models, ...(fallback !== undefined && { fallback }) });
    return await runLoadedWorkflow(runtime, workflow, {
      params,
      models: given.models,
      signal: interrupts.signal,
    });
  } finally {
    await runtime.close();
  }
}

function printResult(
  { terminal }: Cli,
  result: WorkflowResult,
  { progress, options }: { readonly progress: RunProgress; readonly options: RunOptions },
): void {
  if (options.json) {
    const { runId, workflowId, response, usage, costUsd } = result;
    terminal.out(
      JSON.stringify({ type: 'result', runId, workflowId, status: 'ok', response, usage, costUsd }),
    );
    return;
  }
  const { runId, response } = result;
  terminal.out(terminal.outIsTerminal ? resultForTerminal(response, runId) : resultText(response));
  // The result alone goes to standard output: it can be piped on.
  if (progress.run && !options.quiet) terminal.err(`\n${runSummary(progress.run).join('\n')}`);
}
