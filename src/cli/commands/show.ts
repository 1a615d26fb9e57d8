import type { Command } from 'commander';
import type { RunVerification } from '../../audit/sqlite/index.ts';
import type { CallState, RunState, StepState } from '../../engine/runs/fold-run.ts';
import { DefinitionError, nearest } from '../../errors/index.ts';
import type { Cli } from '../cli.ts';
import { databaseOption, type LogOptions, projectOption } from '../common-options.ts';
import { withLog } from '../open-log.ts';
import { resultText } from '../run-summary.ts';
import type { PageOptions } from '../show/run-page.ts';
import { openRun, type RunSource } from '../show/run-source.ts';
import { wrongUsage } from '../wrong-usage.ts';

interface ShowOptions extends LogOptions {
  readonly step?: string;
  readonly call?: string;
  readonly result?: true;
  readonly json?: true;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('show')
    .description('show what a run did and why')
    .argument('<run>', "a run's id, the beginning of one, or `last`")
    .option('--step <step>', 'one step: its conversation, turn by turn')
    .option(
      '--call <call>',
      'one call, by its number or position, in full: request, answer, usage, cost, hashes',
    )
    .option('--result', 'what the run (or the step) returned, and nothing else')
    .option('--json', 'print JSON')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((run: string, options: ShowOptions) => showCommand(cli, run, options));
}

interface Shown {
  readonly source: RunSource;
  readonly checked: RunVerification | undefined;
  readonly held: boolean;
}

async function showCommand(cli: Cli, text: string, options: ShowOptions): Promise<void> {
  const { findRun, verifyRun } = await import('../../audit/sqlite/index.ts');
  await withLog(cli, options, async (log) => {
    const runId = findRun(log, text);
    const checked = verifyRun(log, runId).runs.find((run) => run.runId === runId);
    const shown = { source: openRun(log, runId), checked, held: log.isHeld(runId) };
    cli.terminal.out(
      options.json
        ? JSON.stringify(await jsonOf(shown, options))
        : (await textOf(cli, shown, options)).join('\n'),
    );
  });
}

async function textOf(
  { terminal, place }: Cli,
  { source, checked, held }: Shown,
  options: ShowOptions,
): Promise<string[]> {
  if (options.result) return [resultText(resultOf(source, options))];
  const { outStyle: style, columns } = terminal;
  const page: PageOptions = { style, columns, nowMs: Date.now(), held, place };
  if (options.call !== undefined) {
    const { callPage } = await import('../show/call-page.ts');
    return callPage(source, callNumbered(source.run, options.call), page);
  }
  if (options.step !== undefined) {
    const { stepPage } = await import('../show/step-page.ts');
    return stepPage(source, stepNamed(source.run, options.step), page);
  }
  const { runPage } = await import('../show/run-page.ts');
  return runPage(source.run, checked, page);
}

async function jsonOf({ source, checked }: Shown, options: ShowOptions): Promise<unknown> {
  if (options.result) return resultOf(source, options);
  const { callJson, runJson, stepJson } = await import('../show/run-json.ts');
  if (options.call !== undefined) return callJson(source, callNumbered(source.run, options.call));
  if (options.step !== undefined) return stepJson(source, stepNamed(source.run, options.step));
  return { ...runJson(source.run), root: checked?.root, verified: checked?.problems.length === 0 };
}

/** A step's result is what templates see of it; a run's is its response. */
function resultOf(source: RunSource, { step }: ShowOptions) {
  const holder = step === undefined ? source.run : stepNamed(source.run, step);
  if (holder.result !== undefined) return source.json(holder.result);
  const what = step === undefined ? `Run ${source.run.runId}` : `Step "${step}"`;
  throw wrongUsage(
    `${what} returned nothing: it is ${holder.status}.`,
    `aiworkflow show ${source.run.runId}`,
  );
}

function stepNamed(run: RunState, path: string): StepState {
  const step = run.steps.get(path);
  if (step) return step;
  const known = [...run.steps.keys()];
  const guesses = nearest(path, known);
  throw new DefinitionError({
    code: 'STEP_UNKNOWN',
    message: `Run ${run.runId} has no step "${path}".`,
    hint: `${guesses.length > 0 ? `did you mean ${guesses.join(' or ')}? ` : ''}Steps: ${known.slice(0, 20).join(', ') || 'none'}${known.length > 20 ? ', …' : ''}.`,
  });
}

function callNumbered(run: RunState, text: string): CallState {
  const call = [...run.calls.values()].find(
    ({ number, begun }) => String(number) === text || begun.position === text,
  );
  if (call) return call;
  throw wrongUsage(
    `Run ${run.runId} has no call ${text}.`,
    run.calls.size === 0
      ? 'it made no call.'
      : `its calls are numbered from 1 to ${run.calls.size}; a position (load/t2.1) does too.`,
  );
}
