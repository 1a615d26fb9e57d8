import type { AnswerComparison, CallNamed } from '../../engine/compare/run-comparison.ts';
import { clipLine } from '../render/clip.ts';
import { counted } from '../render/counts.ts';
import { printable } from '../render/printable.ts';
import { textDifference } from '../render/text-difference.ts';
import type { DiffPageOptions, RunDiff } from './run-diff.ts';

/** The most differences of one answer, and lines of one text, unless all are wanted. */
const mostDifferences = 10;
const linesOfAText = 12;

/** Every answer that is not the same, value by value. What the run returned is mostly a step's answer: it comes last. */
export async function answerLines(diff: RunDiff, options: DiffPageOptions): Promise<string[]> {
  const answers: (readonly [string, AnswerComparison])[] = diff.steps
    .filter((step) => !isRepeated(step.step, diff))
    .map((step) => [`The answers of ${step.step}`, step.answer]);
  if (diff.result) answers.push(['What the runs returned', diff.result]);
  const lines: string[] = [];
  for (const [title, answer] of answers)
    if (answer.differences.length > 0)
      lines.push('', options.style('bold', printable(title)), ...(await differenceLines(answer, options)));
  return lines;
}

/** The list that a loop answers holds what its items answered. */
const isRepeated = (step: string, { steps }: RunDiff): boolean =>
  steps.some((one) => one.step.startsWith(`${step}[`) && one.answer.differences.length > 0);

type JsonDifference = AnswerComparison['differences'][number];

export async function differenceLines(
  { differences }: { readonly differences: readonly JsonDifference[] },
  options: DiffPageOptions,
): Promise<string[]> {
  const shown = options.full ? differences : differences.slice(0, mostDifferences);
  const lines: string[] = [];
  for (const difference of shown) lines.push(...(await linesOf(difference, options)));
  const left = differences.length - shown.length;
  return left > 0
    ? [...lines, options.style('dim', `  … ${counted(left, 'difference')} more (--full)`)]
    : lines;
}

async function linesOf(
  { pointer, was, now }: JsonDifference,
  { style, columns, full }: DiffPageOptions,
): Promise<string[]> {
  const [before, after] = [textOf(was), textOf(now)];
  const shown = await textDifference(
    { was: before, now: after },
    { style, columns: columns - 4, lines: full ? Number.POSITIVE_INFINITY : linesOfAText },
  );
  return [`  ${printable(pointer || '(the whole)')}`, ...shown.map((line) => `    ${line}`)];
}

const textOf = (value: JsonDifference['was']): string | undefined =>
  value === undefined || typeof value === 'string' ? value : JSON.stringify(value);

const mostCalls = 10;

/** Calls that one run alone made, step by step. */
export function callLines(diff: RunDiff, options: DiffPageOptions): string[] {
  return diff.steps.flatMap(({ step, status, calls }) => {
    // Of a step that one run alone has, all are.
    if (status.a === null || status.b === null) return [];
    const rows = [...named('a', calls.onlyA), ...named('b', calls.onlyB)];
    if (rows.length === 0) return [];
    const shown = options.full ? rows : rows.slice(0, mostCalls);
    const left = rows.length - shown.length;
    return [
      '',
      options.style(
        'bold',
        printable(`Calls of ${step} that one run alone made (${calls.same} are the same)`),
      ),
      ...shown.map((row) => `  ${clipLine(printable(row), options.columns - 2)}`),
      ...(left > 0 ? [options.style('dim', `  … ${counted(left, 'call')} more (--full)`)] : []),
    ];
  });
}

const named = (run: string, calls: readonly CallNamed[]): string[] =>
  calls.map(({ number, name, position }) => `${run}  #${number} ${name} at ${position}`);
