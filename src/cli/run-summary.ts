import type { Json } from '../domain/json.ts';
import { reservedOf } from '../engine/runs/cost-so-far.ts';
import { type RunState, type StepState, workedMs } from '../engine/runs/fold-run.ts';
import type { ErrorCode } from '../errors/index.ts';
import { clipText } from './render/clip.ts';
import { counted } from './render/counts.ts';
import { formatDuration } from './render/duration.ts';
import { formatCost } from './render/money.ts';
import { printable } from './render/printable.ts';
import { quoted } from './render/quoted.ts';
import { renderTable } from './render/table.ts';
import { formatUsage } from './render/tokens.ts';
import { withPlace } from './suggested-commands.ts';

/** What the run returned, for a person: text as it is, everything else as indented JSON. */
export function resultText(response: Json): string {
  return printable(typeof response === 'string' ? response : JSON.stringify(response, null, 2));
}

// A result longer than a screen would push everything else out of sight; in a pipe it is given whole.
const terminalLines = 60;

export function resultForTerminal(
  response: Json,
  { runId, place }: { readonly runId: string; readonly place: string },
): string {
  // The terminal wraps long lines itself: only what would scroll away is cut.
  const clipped = clipText(resultText(response), { lines: terminalLines, columns: Number.POSITIVE_INFINITY });
  return clipped.cut
    ? `${clipped.text}\n(all of it: ${withPlace(`aiworkflow show ${runId} --result`, place)})`
    : clipped.text;
}

/** What the run used, what it cost, and how to look into it. `place`: of the log, as it was typed. */
export function runSummary(run: RunState, place: string): string[] {
  const { runId } = run;
  const step = stepToLookAt(run)?.path;
  const rows = [
    ['run', runId],
    ['used', usedBy(run)],
    ['cost', costOf(run)],
    ['look', `aiworkflow show ${runId}`],
    ...(step === undefined ? [] : [['', `aiworkflow show ${runId} --step ${quoted(step)}`]]),
    ['', `aiworkflow verify ${runId}`],
    ...(run.status === 'running' ? [] : goOn(run)),
  ];
  return renderTable(
    rows.map(([name = '', text = '']) => [name, isCommand(text) ? withPlace(text, place) : text]),
  );
}

const isCommand = (text: string): boolean => text.startsWith('aiworkflow ');

/** What to type for a run that is not done, or that nobody works on. A replay is made again instead. */
export function goOn({ status, runId, started, calls, error }: RunState): string[][] {
  if (status === 'ok' || (started?.origin && started.origin.kind !== 'fork')) return [];
  if (error && notMendedByResume.has(error.code)) return [];
  const doubtful = [...calls.values()].find(({ ended, resolved }) => !ended && !resolved);
  if (status !== 'waiting' || !doubtful) return [['go on', `aiworkflow resume ${runId}`]];
  const { position } = doubtful.begun;
  return [
    [
      'decide',
      `aiworkflow resolve ${runId} ${quoted(position)} --retry | --result <file> | --skip, with --why`,
    ],
    ['go on', `aiworkflow resume ${runId}`],
  ];
}

/** A resume comes to the same place again: what the error's own hint says is to be typed. */
const notMendedByResume: ReadonlySet<string> = new Set<ErrorCode>([
  'REPLAY_DIVERGED',
  'TEXT_REDACTED',
  'TOOL_CHANGED',
]);

/** The step that failed, else one with a conversation. */
export function stepToLookAt(run: RunState): StepState | undefined {
  const steps = [...run.steps.values()];
  // A loop's own line comes before its items: the last one that failed is where it happened.
  const failed = steps.findLast((step) => step.error);
  return failed ?? steps.find((step) => step.turns > 0) ?? steps[0];
}

/** Says plainly when nobody was asked: a replayed run costs nothing and proves nothing about a model. */
export function costOf(run: RunState): string {
  const { size } = run.reserved;
  if (size === 0) return replayedCost(run);
  const reserved = `${formatCost(reservedOf(run))} of it reserved for ${counted(size, 'call')} without an end`;
  return `${replayedCost(run)}; ${reserved}`;
}

function replayedCost(run: RunState): string {
  const sources = [...run.calls.values()].filter((call) => call.begun.call === 'model' && call.ended);
  const replayed = sources.filter((call) => call.ended?.source === 'recorded');
  if (replayed.length === 0) return formatCost(run.costUsd);
  const names = [...new Set(replayed.map((call) => call.begun.name))].join(', ');
  if (replayed.length === sources.length && run.costUsd === 0)
    return `$0: model answers were replayed from ${names}, nothing was paid`;
  return `${formatCost(run.costUsd)}; ${replayed.length} of ${sources.length} model answers were replayed from ${names}`;
}

function usedBy(run: RunState): string {
  const calls = [...run.calls.values()];
  const models = calls.filter((call) => call.begun.call === 'model').length;
  const parts = [
    counted(run.steps.size, 'step'),
    counted(models, 'model call'),
    counted(calls.length - models, 'tool call'),
    formatUsage(run.usage),
  ];
  if (run.started && run.endedAt !== undefined)
    parts.push(formatDuration(workedMs({ ...run, startedAt: run.started.at }, run.endedAt)));
  return parts.join(', ');
}
