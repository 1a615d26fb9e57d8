import type { Charge, Refusal } from '../domain/account.ts';
import type { CallBegun, CallEnded, CallResolved, FailureRecord, Reserved } from '../domain/events.ts';
import type { Hash } from '../domain/hash.ts';
import { type Position, stepOfPosition } from '../domain/position.ts';
import { seenCost, settlementOf } from '../domain/spend.ts';
import { addCost, type CostUsd } from '../domain/usage.ts';
import { AiworkflowError, failureRecord } from '../errors/index.ts';
import { callLost, failureFromLog, recordedInDoubt } from './call-lost.ts';
import type { Found, RecordedEnd } from './journal.ts';
import { recordedFailure } from './recorded-failure.ts';
import { emit, type RunContext } from './run-context.ts';

/** A call about to be made: the request as the log will hold it. */
export type CallRequest = Omit<CallBegun, 'type' | 'at' | 'reserved'>;

/** What came of it: the value for the loop, and the fields that the log keeps of it. */
export interface Completed<Value> {
  readonly value: Value;
  readonly record: Omit<CallEnded, 'type' | 'at' | 'position' | 'durationMs' | 'source' | 'used'>;
}

/** What a call may cost at most, and the error for a budget that cannot bear it. */
export interface CallCharge {
  readonly charge: Charge;
  refused(refusal: Refusal): Error;
}

export interface Performance<Value> {
  /** Makes ready for the world what the past did not need: opens the model, starts the tool's server. */
  prepare?(): Promise<void>;
  /** What the call may cost at most. Not asked for what is recorded. Throws when it may not be made at all. */
  charge?(): CallCharge | undefined;
  /** Touches the world. Resolves with what the world answered; rejects when the call failed. */
  live(): Promise<Completed<Value>>;
  /** The same value, from the log. */
  revive(ended: CallEnded, load: (hash: Hash) => string): Value;
  /** True for a failure after which nobody knows whether the call happened: its end is left open in the log. */
  inDoubt?(error: unknown): boolean;
  /** What the log keeps of a failure besides its error. */
  failed?(error: unknown): Pick<CallEnded, 'costUsd'>;
  /** Told of a failure that is met again in the log, to count it as it was counted then. */
  met?(ended: CallEnded): void;
  /** Told that the attempt in the log asked for something else: the next one is the first to ask for this. */
  passedOver?(): void;
  /** Whether a call that was begun and has no end may be made again without asking. Throws when a person must decide. */
  mayRepeat(begun: CallBegun, runId: string): Promise<RepeatDecision> | RepeatDecision;
  /** `recorded` costs nothing and asks nobody. */
  source(): 'live' | 'recorded';
}

/** Made again as the next attempt (`why` goes into the log), or known by now: the tool's own probe has told. */
export type RepeatDecision =
  | { readonly repeat: true; readonly by: string; readonly why: string }
  | { readonly repeat: false; readonly by: string; readonly why: string; readonly result: Hash };

/**
 * The one way from a run to the world and back.
 *
 * The beginning is on disk before the world is touched, so a crash leaves a call that is visibly in doubt. The end
 * is queued at once and is on disk before anything is built on it: the next `perform`, and the end of the run,
 * commit it together with their own events.
 */
export async function perform<Value>(
  run: RunContext,
  request: CallRequest,
  performance: Performance<Value>,
): Promise<Value> {
  const found = run.journal.find(request);
  switch (found.kind) {
    case 'recorded':
      return replay(run, request, { found, performance });
    case 'doubt':
      return settleDoubt(run, request, { found, performance });
    case 'again':
      if (!found.resolved) passOver(run, performance, found);
      else if (!found.own) replayLost(run, request, found.resolved);
      throw callLost(request);
    case 'compared':
      return compare(run, request, { recorded: found, performance });
    case 'live':
      return touchTheWorld(run, request, { performance, begun: await begin(run, request, performance) });
  }
}

/** What is on disk before the world is touched, as far as the call's end has to know. */
type Begun = Pick<CallBegun, 'reserved'>;

async function begin<Value>(
  run: RunContext,
  request: CallRequest,
  performance: Performance<Value>,
): Promise<Begun> {
  if (performance.prepare) await performance.prepare();
  const { log, clock } = run.services;
  const charged = performance.charge?.();
  const begun = { type: 'call-begun', at: clock.now(), ...request } as const;
  if (!charged) {
    emit(run, begun);
    await log.commit();
    return {};
  }
  const { charge } = charged;
  const reserved: Reserved = {
    accounts: charge.accounts.map(({ key }) => key),
    usd: charge.usd,
    tokens: charge.tokens,
  };
  const event = { ...begun, reserved };
  const refusal = await log.appendCharged(run.runId, event, charge);
  if (refusal) throw charged.refused(refusal);
  run.services.progress?.event(run.runId, event);
  return { reserved };
}

interface Touch<Value> {
  readonly performance: Performance<Value>;
  readonly begun: Begun;
  /** What the run goes on with instead of what the world answers. */
  readonly instead?: Hash;
}

async function touchTheWorld<Value>(
  run: RunContext,
  request: CallRequest,
  { performance, begun, instead }: Touch<Value>,
): Promise<Value> {
  const { clock } = run.services;
  const startMs = clock.monotonicMs();
  const end = (record: Completed<Value>['record']): void => {
    const event: CallEnded = {
      type: 'call-ended',
      at: clock.now(),
      position: request.position,
      durationMs: Math.round((clock.monotonicMs() - startMs) * 100) / 100,
      source: performance.source(),
      ...record,
      ...(instead !== undefined && instead !== record.result && { used: instead }),
    };
    const { reserved } = begun;
    if (reserved) emit(run, event, { accounts: reserved.accounts, ...settlementOf(begun, event) });
    else emit(run, event);
    pay(run, event.costUsd);
  };
  let completed: Completed<Value>;
  try {
    completed = await performance.live();
  } catch (error) {
    if (performance.inDoubt?.(error)) throw error;
    end({ status: 'error', error: failureRecord(error), ...performance.failed?.(error) });
    throw error;
  }
  // Outside: a listener that throws at the end of a call must not end it, and give back its reservation, once more.
  end(completed.record);
  return completed.value;
}

interface Replayed<Value, Kind> {
  readonly found: Kind;
  readonly performance: Performance<Value>;
}

function replay<Value>(
  run: RunContext,
  request: CallRequest,
  { found, performance }: Replayed<Value, RecordedEnd>,
): Value {
  const { ended, own } = found;
  if (own) pay(run, ended.costUsd);
  else {
    const at = run.services.clock.now();
    const { used: _used, seenCostUsd: _seen, ...end } = ended;
    const source = ended.source === 'edited' ? 'edited' : 'recorded';
    const seen = seenCost(ended);
    emit(run, { type: 'call-begun', at, ...request });
    emit(run, { ...end, at, source, costUsd: 0, ...(seen !== 0 && { seenCostUsd: seen }) });
  }
  return revived(run, performance, found);
}

function pay({ paid }: RunContext, costUsd: CostUsd | undefined): void {
  if (costUsd !== undefined) paid.costUsd = addCost(paid.costUsd, costUsd);
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
async function compare<Value>(
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

/** A call that the program died in, or that was cut off: by now somebody or something must say what became of it. */
async function settleDoubt<Value>(
  run: RunContext,
  request: CallRequest,
  { found: { begun, own, runId }, performance }: Replayed<Value, Extract<Found, { kind: 'doubt' }>>,
): Promise<Value> {
  if (run.journal.closed) throw doubtOnceMore(run, request);
  const decision = await performance.mayRepeat(begun, runId);
  if (!own && decision.repeat) {
    return touchTheWorld(run, request, { performance, begun: await begin(run, request, performance) });
  }
  if (!own) emit(run, { type: 'call-begun', at: run.services.clock.now(), ...request });
  const { repeat, by, why } = decision;
  const result = repeat
    ? ({ decision: 'retry' } as const)
    : ({ decision: 'result', result: decision.result } as const);
  const { position } = request;
  emit(run, { type: 'call-resolved', at: run.services.clock.now(), position, ...result, by, why });
  if (decision.repeat) throw callLost(request);
  const ended = {
    type: 'call-ended',
    at: begun.at,
    position,
    status: 'ok',
    durationMs: 0,
    source: 'edited',
  } as const;
  const load = (hash: Hash): string => run.services.log.load(hash) ?? '';
  return performance.revive({ ...ended, result: decision.result }, load);
}

/** A frozen replay ends where the recorded run stopped to let a person decide, or where it broke off. */
function doubtOnceMore({ journal }: RunContext, request: CallRequest): Error {
  const failure = recordedFailure(journal, stepOfPosition(request.position));
  return failure ? failureFromLog(failure) : recordedInDoubt(request);
}

/** What it cost was paid all the same. */
function passOver<Value>(
  run: RunContext,
  performance: Performance<Value>,
  { own, passedOver }: Pick<Extract<Found, { resolved?: never; kind: 'again' }>, 'own' | 'passedOver'>,
): void {
  if (own) pay(run, passedOver.costUsd);
  performance.met?.(passedOver);
  performance.passedOver?.();
}

/** What was lost and made again in the parent is told again, so that the new run explains its own attempts. */
function replayLost(run: RunContext, request: CallRequest, resolved: CallResolved): void {
  const at = run.services.clock.now();
  emit(run, { type: 'call-begun', at, ...request });
  emit(run, { ...resolved, at });
}
