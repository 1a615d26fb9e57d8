import type { RunVerification } from '../../audit/sqlite/index.ts';
import type { RunStarted } from '../../domain/events.ts';
import { budgetList } from '../../domain/limits.ts';
import {
  type CallState,
  type OverriddenPart,
  openCalls,
  type RunState,
  workedMs,
} from '../../engine/runs/fold-run.ts';
import { counted } from '../render/counts.ts';
import { formatDuration, formatTime } from '../render/duration.ts';
import { printable } from '../render/printable.ts';
import { quoted } from '../render/quoted.ts';
import { mark, stepLines } from '../render/step-lines.ts';
import type { Style } from '../render/style.ts';
import { renderTable } from '../render/table.ts';
import { formatUsage } from '../render/tokens.ts';
import { costOf, goOn, stepToLookAt } from '../run-summary.ts';
import { withPlace } from '../suggested-commands.ts';
import { failureLines } from './failure-lines.ts';

export interface PageOptions {
  readonly style: Style;
  readonly columns: number;
  readonly nowMs: number;
  /** A living process works on the run. */
  readonly held: boolean;
  /** Of the log, as it was typed: the commands that are suggested name it too. */
  readonly place: string;
}

/** A run on one page: what it was, how it ended, its steps, what is in doubt, where to look next. */
export async function runPage(
  run: RunState,
  checked: RunVerification | undefined,
  options: PageOptions,
): Promise<string[]> {
  return [
    title(run, options),
    ...renderTable(headerRows(run, checked, options.place)).map((line) => `  ${line}`),
    ...(await failureLines(run.error, options)),
    '',
    ...stepLines(run, options),
    ...doubtLines(run, options),
    ...decisionLines(run, options.style),
    '',
    ...nextCommands(run, options),
  ];
}

function title(run: RunState, { style, held }: PageOptions): string {
  const status = run.status === 'running' && !held ? 'died: its end is not in the log' : run.status;
  return `${mark(run, style)} ${style('bold', run.started?.workflowId ?? run.runId)}  ${status}`;
}

function headerRows(run: RunState, checked: RunVerification | undefined, place: string): string[][] {
  const { started } = run;
  const params = Object.entries(started?.params ?? {}).map(
    ([name, value]) => `${name}=${JSON.stringify(value)}`,
  );
  const models = [...new Set([...run.steps.values()].flatMap((step) => step.model ?? []))];
  const took =
    run.endedAt === undefined || !started
      ? []
      : [`took ${formatDuration(workedMs({ ...run, startedAt: started.at }, run.endedAt))}`];
  return [
    ['run', run.runId],
    ...(started ? [['started', [`${formatTime(started.at)} UTC`, ...took].join(', ')]] : []),
    ...(started?.parentRunId === undefined ? [] : [['parent', parentLine(started)]]),
    ...(params.length === 0 ? [] : [['params', printable(params.join(' '))]]),
    ['model', models.join(', ') || (started?.model ?? 'none')],
    ...run.overrides.map((part) => ['typed', overrideWords(part)]),
    ['used', formatUsage(run.usage)],
    ['cost', costOf(run)],
    ...(started ? [['program', started.program]] : []),
    ...(checked ? [['root', rootLine(checked, place)], ...unknownRow(checked)] : []),
  ];
}

/** `--limit turns=100 --budget 5, from 2026-11-21 09:30:00 UTC on`: not part of the definition. */
function overrideWords({ at, limits = {}, budget }: OverriddenPart): string {
  const options = [
    ...Object.entries(limits).map(([name, value]) => `--limit ${name}=${value}`),
    ...budgetList(budget).map(({ usd, tokens }) => `--budget ${usd ?? `${tokens} tokens`}`),
  ];
  return `${options.join(' ')}, from ${formatTime(at)} UTC until it ended`;
}

function rootLine({ root, events, problems, redacted }: RunVerification, place: string): string {
  if (problems.length > 0)
    return withPlace(`DOES NOT VERIFY: ${problems.length} problems, see aiworkflow verify`, place);
  const gone = redacted === 0 ? '' : `, ${counted(redacted, 'text')} redacted`;
  return `${root} (${events} events, verified${gone})`;
}

/** What a newer program wrote is in the log to the letter; it is not among what this page shows. */
function unknownRow({ unknownTypes }: RunVerification): string[][] {
  return unknownTypes.length === 0
    ? []
    : [['unknown', `events of a newer program, not shown: ${unknownTypes.map(printable).join(', ')}`]];
}

function doubtLines(run: RunState, { style, held }: PageOptions): string[] {
  const open = openCalls(run);
  if (open.length === 0) return [];
  const heading =
    run.status === 'running' && held
      ? 'Calls under way:'
      : 'Calls in doubt (begun, and nobody knows whether they happened):';
  return ['', style('yellow', heading), ...renderTable(open.map(doubtRow)).map((line) => `  ${line}`)];
}

function doubtRow({ number, begun }: CallState): string[] {
  const effect = begun.effect === undefined ? '' : `(${begun.effect})`;
  return [`#${number}`, begun.call, begun.name, `at ${begun.position}`, effect];
}

/** What was decided about calls that were lost, or that the run stopped at. */
function decisionLines(run: RunState, style: Style): string[] {
  const rows = [...run.calls.values()].flatMap(({ number, begun, resolved }) =>
    resolved
      ? [[`#${number}`, begun.position, resolved.decision, printable(resolved.by), printable(resolved.why)]]
      : [],
  );
  if (rows.length === 0) return [];
  return ['', style('bold', 'Decided about calls:'), ...renderTable(rows).map((line) => `  ${line}`)];
}

/** `20261120-… (fork from load[2])`: what the run took from its parent. */
function parentLine({ parentRunId = '', origin }: RunStarted): string {
  if (!origin) return parentRunId;
  const { kind, from, live = 'nothing', edited } = origin;
  const how = {
    fork: `fork from ${from ?? ''}${edited === undefined ? '' : ', with another result there'}`,
    replay: live === 'nothing' ? 'frozen replay' : `replay with live ${live}`,
    swap: 'swap',
  };
  return `${parentRunId} (${how[kind]})`;
}

function nextCommands(run: RunState, { held, place }: PageOptions): string[] {
  const step = stepToLookAt(run);
  const show = `aiworkflow show ${run.runId}`;
  return [
    ...(step ? [`${show} --step ${quoted(step.path)}   its conversation, turn by turn`] : []),
    ...(run.calls.size > 0 ? [`${show} --call 1   one call in full: request, answer, usage, hashes`] : []),
    ...(run.result === undefined ? [] : [`${show} --result   what the run returned`]),
    ...(held ? [] : goOn(run).map(([, command]) => `${command}`)),
  ].map((command) => withPlace(command, place));
}
