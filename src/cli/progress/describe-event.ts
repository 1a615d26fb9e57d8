import type { AuditEvent, CallEnded, FailureRecord } from '../../domain/events.ts';
import type { Position } from '../../domain/position.ts';
import { stepOfPosition, turnOfPosition } from '../../domain/position.ts';
import { type CallState, type RunState, workedMs } from '../../engine/runs/fold-run.ts';
import { counted } from '../render/counts.ts';
import { firstLine } from '../render/divergence-lines.ts';
import { formatDuration } from '../render/duration.ts';
import { formatCost } from '../render/money.ts';
import { printable } from '../render/printable.ts';
import { formatCount, totalTokens } from '../render/tokens.ts';

/** One plain line per event that a reader of a build log wants; undefined for the others. */
export function describeEvent(run: RunState, event: AuditEvent): string | undefined {
  switch (event.type) {
    case 'run-started':
      return `run ${run.runId}: ${event.workflowId} started`;
    case 'step-started':
      return `${event.step}: started${event.model === undefined ? '' : ` (${event.model})`}`;
    case 'call-ended':
      return describeCall(event, run.calls.get(event.position));
    case 'answer-checked':
      return event.accepted
        ? undefined
        : `${event.step}: the answer of turn ${event.turn} breaks its contract: ${printable((event.issues ?? []).join('; '))}`;
    case 'step-ended':
      return describeStepEnd(run, event);
    default:
      return undefined;
  }
}

function describeCall(event: CallEnded, call: CallState | undefined): string {
  const place = placeOf(event.position);
  const what = call?.begun.call === 'tool' ? (call.begun.name ?? 'tool') : 'model';
  const outcome = event.error
    ? `failed: ${printable(event.error.message)}`
    : event.status === 'error'
      ? 'reported an error'
      : 'ok';
  return [`${place}: ${what} ${outcome}`, ...spendOf(event), formatDuration(event.durationMs)].join(', ');
}

/** A call that nobody made must not look like one: its tool was not called, its model was not paid. */
function spendOf({ usage, source, costUsd }: CallEnded): string[] {
  const tokens = usage ? [`${formatCount(totalTokens(usage))} tokens`] : [];
  if (source !== 'live') return [...tokens, source];
  return usage ? [...tokens, formatCost(costUsd ?? null)] : [];
}

/** `scan/m3` -> `scan turn 3`. */
function placeOf(position: Position): string {
  const turn = turnOfPosition(position);
  return turn === 0 ? stepOfPosition(position) : `${stepOfPosition(position)} turn ${turn}`;
}

/** The texts of a divergence are shown once, where the run ends. */
const briefly = ({ code, message }: FailureRecord): string =>
  code === 'REPLAY_DIVERGED' ? firstLine(message) : message;

function describeStepEnd(run: RunState, event: Extract<AuditEvent, { type: 'step-ended' }>): string {
  const step = run.steps.get(event.step);
  const parts = [`${event.step}: ${event.status}`];
  if (step && step.turns > 0) parts.push(counted(step.turns, 'turn'));
  if (step && step.toolCalls > 0) parts.push(counted(step.toolCalls, 'call'));
  if (step && event.status !== 'skipped') parts.push(formatDuration(workedMs(step, event.at)));
  if (event.error) parts.push(printable(briefly(event.error)));
  return parts.join(', ');
}
