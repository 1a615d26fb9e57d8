import type { CallDivergence, CallNamed } from '../../engine/compare/run-comparison.ts';
import { counted } from '../render/counts.ts';
import { divergenceLines as recordedDivergence } from '../render/divergence-lines.ts';
import { formatTime } from '../render/duration.ts';
import { printable } from '../render/printable.ts';
import type { Style } from '../render/style.ts';
import { renderTable } from '../render/table.ts';
import { textDifference } from '../render/text-difference.ts';
import { withPlace } from '../suggested-commands.ts';
import { answerLines, callLines } from './difference-lines.ts';
import { isUnreadable, overviewLines } from './overview-lines.ts';
import type { DiffPageOptions, RunDiff } from './run-diff.ts';
import { tableLines } from './table-lines.ts';

/** Two runs on one page: what differs at a glance, where they part first, then all that differs. */
export async function diffPage(diff: RunDiff, options: DiffPageOptions): Promise<string[]> {
  const { style } = options;
  return [
    ...titleLines(diff, style),
    ...diff.notes.map((note) => style('yellow', note)),
    '',
    ...overviewLines(diff, options),
    ...(await divergenceLines(diff, options)),
    ...(await stopLines(options)),
    ...(await answerLines(diff, options)),
    ...callLines(diff, options),
    ...tableLines(diff.tables ?? [], options),
    '',
    verdict(diff),
  ];
}

function titleLines({ a, b }: RunDiff, style: Style): string[] {
  const rows = Object.entries({ a, b }).map(([name, run]) => [
    style('bold', name),
    printable(run.workflowId ?? ''),
    run.runId,
    run.status === 'running' ? 'without an end' : run.status,
    run.startedAt === null ? '' : `${formatTime(run.startedAt)} UTC`,
    run.parentRunId === null ? '' : `made from ${run.parentRunId}`,
  ]);
  return renderTable(rows);
}

/** The most lines of one text's difference on a page that is meant to be read. */
const linesOfAText = 16;

async function divergenceLines(
  { a, b, firstDivergence }: RunDiff,
  options: DiffPageOptions,
): Promise<string[]> {
  if (!firstDivergence) return [];
  const { style, columns, full } = options;
  const lines = [
    '',
    style('bold', `The runs part at ${placeOf(firstDivergence)}: ${howOf(firstDivergence)}`),
  ];
  for (const { what, was, now } of firstDivergence.differences) {
    const limits = { style, columns: columns - 4, lines: full ? Number.POSITIVE_INFINITY : linesOfAText };
    const shown = was === undefined && now === undefined ? [] : await textDifference({ was, now }, limits);
    lines.push(`  ${printable(what)}`, ...shown.map((line) => `    ${line}`));
  }
  const look = lookLines(firstDivergence, { a: a.runId, b: b.runId });
  return [...lines, ...look.map((line) => withPlace(line, options.place))];
}

/** A replay stops before the call that would have asked for something else: only its error holds what it asked for. */
async function stopLines({ failures = {}, style, columns }: DiffPageOptions): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, failure] of Object.entries(failures)) {
    const shown = await recordedDivergence(failure, { style, columns: columns - 2 });
    if (!shown) continue;
    lines.push('', style('bold', `Run ${name} stopped there: ${shown.headline}`));
    lines.push(...shown.lines.map((line) => `  ${line}`));
  }
  return lines;
}

function placeOf({ a, b }: CallDivergence): string {
  const { position, name } = (a ?? b) as CallNamed;
  return printable(`${position} (${name})`);
}

const meanings: Readonly<Record<CallDivergence['kind'], string>> = {
  asked: 'another request',
  answered: 'the same request, another answer',
  'only-a': 'only run a made this call',
  'only-b': 'only run b made this call',
};

const howOf = (divergence: CallDivergence): string =>
  isUnreadable(divergence) ? 'a text of it was taken out: not readable' : meanings[divergence.kind];

function lookLines({ a, b }: CallDivergence, runIds: { readonly a: string; readonly b: string }): string[] {
  return [
    ...(a ? [`  aiworkflow show ${runIds.a} --call ${a.number}`] : []),
    ...(b ? [`  aiworkflow show ${runIds.b} --call ${b.number}`] : []),
  ];
}

function verdict({ equal, steps, tables }: RunDiff): string {
  const all = tables ?? [];
  const unknown = all.filter((table) => table.equal === null).length;
  const others = all.filter((table) => table.equal === false).length;
  const differing = steps.filter((step) => !step.equal).length;
  const left = unknown > 0 ? ` ${unknown} of ${counted(all.length, 'table')} could not be compared.` : '';
  if (equal && others === 0) return `Equal: the same answers by the same calls.${left}`;
  const parts = [
    ...(differing > 0 ? [`${differing} of ${counted(steps.length, 'step')}`] : []),
    ...(others > 0 ? [`${others} of ${counted(all.length, 'table')}`] : []),
  ];
  return `Different: ${parts.join(', ') || 'how the runs ended'}.${left}`;
}
