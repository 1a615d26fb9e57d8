import type { CostUsd } from '../../domain/usage.ts';
import { type RunState, type StepState, workedMs } from '../../engine/runs/fold-run.ts';
import { counted } from './counts.ts';
import { formatDuration } from './duration.ts';
import { formatCost } from './money.ts';
import { printable } from './printable.ts';
import { type StepNode, stepTree } from './step-tree.ts';
import type { Ink, Style } from './style.ts';
import { renderTable } from './table.ts';
import { formatCount, totalTokens } from './tokens.ts';

export interface StepLinesOptions {
  readonly style: Style;
  /** For the time that running steps have taken so far. */
  readonly nowMs: number;
  /** What a running step is doing, by its path. */
  readonly activity?: ReadonlyMap<string, string>;
  /** Leaves out what is inside a step that ended well: a live tree must fit the screen. */
  readonly folded?: boolean;
}

/** The step tree as aligned lines: one per step, item, round and inner step. */
export function stepLines(run: Pick<RunState, 'steps'>, options: StepLinesOptions): string[] {
  const rows = stepTree(run).flatMap((node) => nodeRows(node, 0, options));
  return renderTable(rows, ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'left']);
}

function nodeRows(node: StepNode, depth: number, options: StepLinesOptions): string[][] {
  const fold = options.folded === true && isSettled(node.state);
  const children = fold ? [] : node.children.flatMap((child) => nodeRows(child, depth + 1, options));
  return [row(node, depth, options), ...children];
}

const isSettled = (state: StepState): boolean => state.status === 'ok' || state.status === 'skipped';

function row(node: StepNode, depth: number, { style, nowMs, activity }: StepLinesOptions): string[] {
  const { state } = node;
  const name = depth === 0 ? state.path : shortName(state.path);
  const tokens = totalTokens(node.usage);
  return [
    `${'  '.repeat(depth)}${mark(state, style)} ${name}`,
    style('dim', kindOf(node)),
    node.turns > 0 ? counted(node.turns, 'turn') : '',
    node.toolCalls > 0 ? counted(node.toolCalls, 'call') : '',
    tokens > 0 ? `${formatCount(tokens)} tokens` : '',
    node.turns > 0 ? formatCost(costOf(node, activity)) : '',
    state.status === 'skipped' ? '' : formatDuration(workedMs(state, nowMs)),
    note(state, activity?.get(state.path), style),
  ];
}

/** While a call is under way its worst case is no news: it would come and go with each call. */
function costOf({ state, costUsd, settledUsd }: StepNode, activity: StepLinesOptions['activity']): CostUsd {
  return activity && state.status === 'running' ? settledUsd : costUsd;
}

/** `load[2]` inside `load` is `[2]`, `curate/check` inside `curate` is `check`. */
function shortName(path: string): string {
  return /(?:\[\d+\]|~\d+)(?:!\d+)?$/.exec(path)?.[0] ?? path.slice(path.lastIndexOf('/') + 1);
}

function kindOf({ state, children }: StepNode): string {
  const items = Map.groupBy(
    children.filter((child) => child.state.path.startsWith(`${state.path}[`)),
    (child) => child.state.path.replace(/!\d+$/, ''),
  );
  if (items.size === 0) return state.kind;
  const total = counted(items.size, 'item');
  if (state.status === 'ok') return total;
  const done = [...items.values()].filter((attempts) =>
    attempts.some(({ state: { status } }) => status === 'ok'),
  );
  return `${done.length} of ${total} done`;
}

function note(state: StepState, activity: string | undefined, style: Style): string {
  if (state.error) return style('red', printable(firstLine(state.error.message)));
  if (state.status === 'running') return style('dim', activity ?? '');
  const rejected = state.checks.filter((check) => !check.accepted).length;
  return rejected > 0 ? style('yellow', `${counted(rejected, 'answer')} broke the contract`) : '';
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

const marks: Readonly<Record<StepState['status'], readonly [sign: string, ink: Ink]>> = {
  ok: ['✓', 'green'],
  failed: ['✗', 'red'],
  stopped: ['■', 'yellow'],
  waiting: ['?', 'yellow'],
  interrupted: ['■', 'yellow'],
  skipped: ['–', 'dim'],
  running: ['▸', 'cyan'],
};

export function mark(state: { readonly status: StepState['status'] }, style: Style): string {
  const [sign, ink] = marks[state.status];
  return style(ink, sign);
}
