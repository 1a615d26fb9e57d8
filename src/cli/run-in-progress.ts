import { resolve } from 'node:path';
import type { WorkflowResult } from '../domain/result.ts';
import { AiworkflowError } from '../errors/index.ts';
import type { ProgressListener } from '../ports/progress.ts';
import type { Runtime } from '../runtime.ts';
import type { Cli } from './cli.ts';
import type { LogOptions } from './common-options.ts';
import { type Interrupts, watchInterrupts } from './interrupts.ts';
import { upgradeWords } from './open-log.ts';
import { createProgress, type RunProgress } from './progress/progress.ts';
import { resultForTerminal, resultText, runSummary } from './run-summary.ts';

/** Options of every command that runs something. */
export interface ProgressOptions extends LogOptions {
  readonly json?: true;
  readonly quiet?: true;
  /** Of a replay: what comes from the log is not told. */
  readonly liveOnly?: true;
}

export interface InProgress {
  readonly runtime: Runtime;
  readonly progress: RunProgress;
  readonly interrupts: Interrupts;
}

/** Runs `work` with its progress on the screen, and ends it in order when it is interrupted. */
export async function inProgress<Value>(
  cli: Cli,
  options: ProgressOptions,
  work: (running: InProgress) => Promise<Value>,
): Promise<{ readonly value: Value; readonly progress: RunProgress }> {
  const { terminal } = cli;
  const { json = false, quiet = false, liveOnly = false } = options;
  const progress = createProgress(terminal, { json, quiet, liveOnly });
  const interrupts = watchInterrupts(progress.announce, () => progress.run);
  try {
    const value = await withRuntime(cli, { ...options, progress }, (runtime) =>
      work({ runtime, progress, interrupts }),
    );
    progress.stop();
    return { value, progress };
  } catch (error) {
    progress.stop();
    if (progress.run && !json && !quiet && !isLogFailure(error))
      terminal.err(`\n${runSummary(progress.run, cli.place).join('\n')}\n`);
    throw interrupts.explain(error);
  } finally {
    interrupts.stop();
  }
}

// What the summary counts and points to would not be in the log.
const isLogFailure = (error: unknown) => AiworkflowError.is(error) && error.code.startsWith('LOG_');

export async function withRuntime<Value>(
  cli: Cli,
  options: LogOptions & { readonly progress?: ProgressListener },
  work: (runtime: Runtime) => Promise<Value>,
): Promise<Value> {
  // First: a schema is made with or without its compiler.
  (await import('./schema-compiler.ts')).withoutSchemaCompiler();
  const { createRuntime } = await import('../runtime.ts');
  const runtime = await createRuntime({
    projectDir: options.project,
    env: cli.env,
    onLogUpgraded: (log) => cli.terminal.err(upgradeWords(log)),
    ...(options.progress && { progress: options.progress }),
    ...(options.db !== undefined && { database: resolve(options.db) }),
  });
  try {
    return await work(runtime);
  } finally {
    await runtime.close();
  }
}

export function printResult(
  { terminal, place }: Cli,
  result: WorkflowResult,
  { progress, options }: { readonly progress: RunProgress; readonly options: ProgressOptions },
): void {
  if (options.json) {
    const { runId, workflowId, response, usage, costUsd } = result;
    terminal.out(
      JSON.stringify({ type: 'result', runId, workflowId, status: 'ok', response, usage, costUsd }),
    );
    return;
  }
  const { runId, response } = result;
  terminal.out(terminal.outIsTerminal ? resultForTerminal(response, { runId, place }) : resultText(response));
  // The result alone goes to standard output: it can be piped on.
  if (progress.run && !options.quiet) terminal.err(`\n${runSummary(progress.run, place).join('\n')}`);
}
