import type { CallResolved, FailureRecord } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import { type Position, stepOfPosition } from '../../domain/position.ts';
import { seenCost } from '../../domain/spend.ts';
import { AiworkflowError, failureRecord } from '../../errors/index.ts';
import type { Found, RecordedEnd } from '../journal/journal.ts';
import { emit, type RunContext } from '../runs/run-context.ts';
import { failureFromLog } from './call-lost.ts';
import type { CallRequest, Performance } from './performance.ts';
import { recordedFailure } from './recorded-failure.ts';
import { type Begun, begin, touchTheWorld } from './touch-the-world.ts';

export interface Replayed<Value, Kind> {
  readonly found: Kind;
  readonly performance: Performance<Value>;
}

export function replay<Value>(
  run: RunContext,
  request: CallRequest,
  { found, performance }: Replayed<Value, RecordedEnd>,
): Value {
  const { ended, own } = found;
  if (!own) {
    const at = run.services.clock.now();
    const { used: _used, seenCostUsd: _seen, ...end } = ended;
    const source = ended.source === 'edited' ? 'edited' : 'recorded';
    const seen = seenCost(ended);
    emit(run, { type: 'call-begun', at, ...request });
    emit(run, { ...end, at, source, costUsd: 0, ...(seen !== 0 && { seenCostUsd: seen }) });
  }
  return revived(run, performance, found);
}

/** The tool is gone, or is another one now: the log says what kept the call from being made. */
function notMade(
  run: RunContext,
  request: CallRequest,
  { error, instead }: { readonly error: unknown; readonly instead?: Hash },
): void {
  const at = run.services.clock.now();
  emit(run, { type: 'call-begun', at, ...request });
  emit(run, {
    type: 'call-ended',
    at,
    position: request.position,
    status: 'error',
    durationMs: 0,
    source: 'live',
    error: failureRecord(error),
    ...(instead !== undefined && { used: instead }),
  });
}

const isLogFailure = (error: unknown): boolean => AiworkflowError.is(error) && error.code.startsWith('LOG_');

/** The world is asked as it was then, and the run goes on with what it answered then: one difference is not a hundred. */
export async function compare<Value>(
  run: RunContext,
  request: CallRequest,
  {
    recorded,
    performance,
  }: { readonly recorded: Omit<RecordedEnd, 'kind'>; readonly performance: Performance<Value> },
): Promise<Value> {
  const used = recorded.ended.used ?? recorded.ended.result;
  const instead = used === undefined ? {} : { instead: used };
  let begun: Begun | undefined;
  try {
    begun = await begin(run, request, performance);
    await touchTheWorld(run, request, { performance, begun, ...instead });
  } catch (error) {
    // That it fails now is a difference like any other. Only the end of the run, or of its log, ends the comparison.
    if (run.signal.aborted || isLogFailure(error)) throw error;
    if (!begun) notMade(run, request, { error, ...instead });
  }
  return revived(run, performance, recorded);
}

function revived<Value>(
  run: RunContext,
  performance: Performance<Value>,
  { ended, load }: Omit<RecordedEnd, 'kind'>,
): Value {
  // A result beside the error is what the loop went on with: a cut-off call that the model was told about.
  if (ended.error && ended.result === undefined) {
    performance.met?.(ended);
    throw failureFromLog(whatCutOff(run, ended.position, ended.error));
  }
  const { used, ...end } = ended;
  return performance.revive(used === undefined ? end : { ...end, result: used }, load);
}

/** A call that was broken off knows only that; what broke it off (a limit, a person) ended its step. */
function whatCutOff({ journal }: RunContext, position: Position, error: FailureRecord): FailureRecord {
  if (error.code !== 'INTERRUPTED') return error;
  return recordedFailure(journal, stepOfPosition(position)) ?? error;
}

/** Answered otherwise than is asked now: its step goes on from it all the same. */
export function passOver<Value>(
  performance: Performance<Value>,
  { passedOver }: Pick<Extract<Found, { resolved?: never; kind: 'again' }>, 'passedOver'>,
): void {
  performance.met?.(passedOver);
  performance.passedOver?.();
}

/** What was lost and made again in the parent is told again, so that the new run explains its own attempts. */
export function replayLost(run: RunContext, request: CallRequest, resolved: CallResolved): void {
  const at = run.services.clock.now();
  emit(run, { type: 'call-begun', at, ...request });
  emit(run, { ...resolved, at });
}
