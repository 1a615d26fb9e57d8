import type {
  AnswerComparison,
  CallDivergence,
  Spent,
  StepComparison,
} from '../../engine/compare/run-comparison.ts';
import { formatDuration } from '../render/duration.ts';
import { formatCost } from '../render/money.ts';
import { printable } from '../render/printable.ts';
import { renderTable } from '../render/table.ts';
import { formatCount } from '../render/tokens.ts';
import type { DiffPageOptions, RunDiff } from './run-diff.ts';

/** The most steps in the table; those that differ are kept before those that are equal. */
const mostRows = 30;

const headings = ['', 'step', 'answer', 'parts at', 'calls', 'tokens', 'cost', 'time'];

/** A line for each step: what is equal in it, and what both used. */
export function overviewLines(diff: RunDiff, { style, full }: DiffPageOptions): string[] {
  const shown = full ? diff.steps : shortened(diff.steps);
  const left = diff.steps.length - shown.length;
  const heading = headings.map((name) => style('dim', name));
  const rows = shown.map((step) => [
    step.equal ? style('green', '=') : style('yellow', '≠'),
    printable(step.step),
    statusOf(step) ?? answerWord(step.answer),
    partsAt(step.firstDivergence),
    ...spentCells(step.spent.a, step.spent.b),
  ]);
  const total = ['', style('dim', 'the whole run'), diff.result ? answerWord(diff.result) : '', ''];
  return [
    ...renderTable([heading, ...rows, [...total, ...spentCells(diff.a.spent, diff.b.spent)]]),
    ...(left > 0 ? [style('dim', `… ${left} more steps (--full)`)] : []),
  ];
}

function shortened(steps: readonly StepComparison[]): readonly StepComparison[] {
  if (steps.length <= mostRows) return steps;
  const kept = new Set([...steps].sort((a, b) => Number(a.equal) - Number(b.equal)).slice(0, mostRows));
  return steps.filter((step) => kept.has(step));
}

const kinds: Readonly<Record<CallDivergence['kind'], string>> = {
  asked: 'asked otherwise',
  answered: 'answered otherwise',
  'only-a': 'only in a',
  'only-b': 'only in b',
};

/** `m3 asked otherwise`: equal answers may have come about in another way. */
function partsAt(divergence: CallDivergence | null): string {
  const position = (divergence?.a ?? divergence?.b)?.position;
  if (!divergence || position === undefined) return '';
  return `${position.slice(position.lastIndexOf('/') + 1)} ${isUnreadable(divergence) ? 'not readable' : kinds[divergence.kind]}`;
}

/** Nobody can say that the two differ: a text of one was taken out of the log. */
export function isUnreadable({ kind, differences }: CallDivergence): boolean {
  const paired = kind === 'answered' || kind === 'asked';
  return paired && differences.length > 0 && differences.every(({ how }) => how === 'unreadable');
}

/** What both are only says it when they are not the same, or when there is no answer to compare. */
function statusOf({ status, answer }: StepComparison): string | undefined {
  if (status.a === null) return 'only in b';
  if (status.b === null) return 'only in a';
  if (status.a !== status.b) return `${status.a} → ${status.b}`;
  return answer.state === 'none' ? status.a : undefined;
}

const words: Readonly<Record<AnswerComparison['state'], string>> = {
  equal: 'equal',
  different: 'different',
  'only-a': 'only in a',
  'only-b': 'only in b',
  none: '',
  unreadable: 'not readable',
};

function answerWord({ state, agreement, differences }: AnswerComparison): string {
  if (state !== 'different' || agreement === null) return words[state];
  // One text for another agrees in nothing, which says nothing about how far apart they are.
  if (differences.length === 1 && differences[0]?.pointer === '') return 'different';
  return `${Math.floor(agreement * 100)} % equal`;
}

function spentCells(a: Spent | null, b: Spent | null): string[] {
  return [
    change(a, b, ({ modelCalls, toolCalls }) => String(modelCalls + toolCalls)),
    change(a, b, ({ inputTokens, outputTokens }) => formatCount(inputTokens + outputTokens)),
    change(a, b, ({ costUsd }) => formatCost(costUsd)),
    change(a, b, ({ durationMs }) => (durationMs === null ? 'not ended' : formatDuration(durationMs))),
  ];
}

function change(a: Spent | null, b: Spent | null, show: (spent: Spent) => string): string {
  const [was, now] = [a ? show(a) : '–', b ? show(b) : '–'];
  return was === now ? was : `${was} → ${now}`;
}
