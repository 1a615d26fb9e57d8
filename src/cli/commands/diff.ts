import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { AuditFile } from '../../audit/sqlite/index.ts';
import type { ComparedRun } from '../../engine/compare/compared-run.ts';
import { foldRun } from '../../engine/runs/fold-run.ts';
import { AiworkflowError, DefinitionError, nearest } from '../../errors/index.ts';
import type { Cli } from '../cli.ts';
import { databaseOption, type LogOptions, projectOption } from '../common-options.ts';
import type { RunDiff } from '../diff/run-diff.ts';
import { withLog } from '../open-log.ts';
import { withPlace } from '../suggested-commands.ts';

interface DiffOptions extends LogOptions {
  readonly step?: string;
  readonly full?: true;
  readonly tables: boolean;
  readonly exitCode?: true;
  readonly json?: true;
}

export function register(program: Command, cli: Cli): void {
  program
    .command('diff')
    .description(
      'compare two runs: answers, calls, tokens, money, tables, and the first call in which they part',
    )
    .argument('<a>', "a run's id, the beginning of one, or `last`")
    .argument('<b>', 'the other run')
    .option('--step <step>', 'one step, with its items, rounds and inner steps')
    .option('--full', 'cut nothing')
    .option('--no-tables', 'do not start a lake to compare the tables that the runs filled')
    .option('--exit-code', 'end with 1 when the runs differ')
    .option('--json', 'print JSON')
    .addOption(databaseOption())
    .addOption(projectOption())
    .action((a: string, b: string, options: DiffOptions) => diffCommand(cli, { a, b }, options));
}

interface Names {
  readonly a: string;
  readonly b: string;
}

async function diffCommand(cli: Cli, names: Names, options: DiffOptions): Promise<void> {
  const { findRun, importOf, verifyRun } = await import('../../audit/sqlite/index.ts');
  const { diff, failures } = await withLog(cli, options, async (log) => {
    const ids = [findRun(log, names.a), findRun(log, names.b)] as const;
    const imported = new Set(ids.filter((runId) => importOf(log, runId)));
    const runs = { a: openCompared(log, ids[0]), b: openCompared(log, ids[1]), imported };
    const diff = await compare(cli, runs, options);
    const changed = [...new Set(ids)]
      .filter((runId) => !verifyRun(log, runId).ok)
      .map((runId) => withPlace(doesNotVerify(runId), cli.place));
    return { diff: { ...diff, notes: [...changed, ...diff.notes] }, failures: failuresOf(runs) };
  });
  const { terminal } = cli;
  if (options.json) terminal.out(JSON.stringify(diff));
  else {
    const { diffPage } = await import('../diff/diff-page.ts');
    const page = {
      style: terminal.outStyle,
      columns: terminal.columns,
      full: options.full === true,
      failures,
      place: cli.place,
    };
    terminal.out((await diffPage(diff, page)).join('\n'));
  }
  if (options.exitCode && !isEqual(diff)) cli.exitCode = 1;
}

const doesNotVerify = (runId: string): string =>
  `Run ${runId} does not verify: what is compared is not what it did. aiworkflow verify ${runId} lists what was changed.`;

const failuresOf = ({ a, b }: Runs) => ({
  ...(a.run.error && { a: a.run.error }),
  ...(b.run.error && { b: b.run.error }),
});

interface Runs {
  readonly a: ComparedRun;
  readonly b: ComparedRun;
}

async function compare(
  cli: Cli,
  { imported, ...runs }: Runs & { readonly imported: ReadonlySet<string> },
  { step, tables, project }: DiffOptions,
): Promise<RunDiff> {
  const { compareRuns } = await import('../../engine/compare/compare-runs.ts');
  const comparison = compareRuns(runs.a, runs.b, step === undefined ? {} : { step });
  if (step !== undefined && comparison.steps.length === 0) throw noSuchStep(step, runs);
  // A run and itself need no lake to be the same.
  if (step !== undefined || !tables || runs.a.run.runId === runs.b.run.runId)
    return { ...comparison, tables: null };
  const { compareTables } = await import('../diff/compare-tables.ts');
  const place = { projectDir: resolve(project), env: cli.env, imported };
  return { ...comparison, tables: await compareTables(runs, place) };
}

function openCompared(log: AuditFile, runId: string): ComparedRun {
  return { run: foldRun(runId, log.events(runId)), load: (hash) => loadIfThere(log, hash) };
}

/** A text that somebody has taken out is said to be missing where it matters; the rest can still be compared. */
function loadIfThere(log: AuditFile, hash: string): string | undefined {
  try {
    return log.load(hash);
  } catch (error) {
    if (AiworkflowError.is(error) && error.code === 'TEXT_REDACTED') return undefined;
    throw error;
  }
}

const isEqual = ({ equal, tables }: RunDiff): boolean =>
  equal && (tables ?? []).every((table) => table.equal !== false);

function noSuchStep(path: string, { a, b }: Runs): DefinitionError {
  const known = [...new Set([...a.run.steps.keys(), ...b.run.steps.keys()])];
  const [guess] = nearest(path, known);
  const shown = `${known.slice(0, 20).join(', ') || 'none'}${known.length > 20 ? ', …' : ''}`;
  return new DefinitionError({
    code: 'STEP_UNKNOWN',
    message: `Neither run has a step "${path}".`,
    hint: `${guess === undefined ? '' : `did you mean ${guess}? `}Steps: ${shown}.`,
  });
}
