import type { FailureRecord } from '../../domain/events.ts';
import type { JsonObject } from '../../domain/json.ts';

/** What every further replay would end with too: said once, it need not be paid for again. */
const endsAll = new Set([
  'INTERRUPTED',
  'MODEL_AUTH',
  'MODEL_NOT_FOUND',
  'MODEL_QUOTA',
  'MODEL_UNREACHABLE',
  'MODEL_UNKNOWN',
  'MODEL_KEY_MISSING',
  'MODEL_REQUEST_INVALID',
  'PRICE_UNKNOWN',
  'SCRIPT_EXHAUSTED',
]);

/** May pass: the swap goes on, unless nothing at all came of a replay. */
const passes = new Set([
  'MODEL_RATE_LIMITED',
  'MODEL_OVERLOADED',
  'MODEL_SERVER_ERROR',
  'MODEL_TIMEOUT',
  'MODEL_STREAM_BROKEN',
]);

/** The recorded run cannot be followed to the step: that says nothing about the candidate. */
const leavesOut = new Set([
  'REPLAY_DIVERGED',
  'REPLAY_ENDED',
  'TEXT_REDACTED',
  'LOG_CORRUPT',
  'TOOL_CHANGED',
  'DEFINITION_INVALID',
]);

/** What the failures of a replay mean for the swap. */
export type ReplayEnd<Failure> =
  | { readonly kind: 'counts' }
  | { readonly kind: 'left-out'; readonly failure: Failure }
  | { readonly kind: 'stops'; readonly failure: Failure };

/** `answered`: at least one case of the replay came to an end that says something. */
export function endOfReplay<Failure extends Pick<FailureRecord, 'code' | 'details'>>(
  failures: readonly Failure[],
  { replayId, answered }: { readonly replayId: string; readonly answered: boolean },
): ReplayEnd<Failure> {
  const stops = failures.find(
    (failure) =>
      endsAll.has(failure.code) ||
      isOfSharedBudget(failure, replayId) ||
      (!answered && passes.has(failure.code)),
  );
  if (stops) return { kind: 'stops', failure: stops };
  const failure = failures.find(({ code }) => leavesOut.has(code));
  return failure && !answered ? { kind: 'left-out', failure } : { kind: 'counts' };
}

/** A budget per run of the workflow is the candidate's own limit; the swap's, a day's and a month's are empty for all. */
function isOfSharedBudget(
  { code, details }: Pick<FailureRecord, 'code' | 'details'>,
  replayId: string,
): boolean {
  if (code !== 'BUDGET_EXCEEDED') return false;
  const account = String((details as JsonObject | undefined)?.['account'] ?? '');
  return !account.startsWith(`run ${replayId}`);
}

/** Whether a case was stopped by the budget that the workflow has for one run: the candidate needs more than that. */
export function isOfOwnBudget(failure: FailureRecord | undefined, replayId: string): boolean {
  return failure?.code === 'BUDGET_EXCEEDED' && !isOfSharedBudget(failure, replayId);
}
