import type { CallBegun, CallEnded } from '../domain/events.ts';
import type { Hash } from '../domain/hash.ts';
import { AiworkflowError, errorOfRecord, failureRecord } from '../errors/index.ts';
import { emit, type RunContext } from './run-context.ts';

/** A call about to be made: the request as the log will hold it. */
export type CallRequest = Omit<CallBegun, 'type' | 'at'>;

/** What came of it: the value for the loop, and the fields that the log keeps of it. */
export interface Completed<Value> {
  readonly value: Value;
  readonly record: Omit<CallEnded, 'type' | 'at' | 'position' | 'durationMs' | 'source'>;
}

export interface Performance<Value> {
  /** Budget (later policy and approval): throws when the call may not be made. Not asked for what is recorded. */
  admit?(): void;
  /** Touches the world. Resolves with what the world answered; rejects when the call failed. */
  live(): Promise<Completed<Value>>;
  /** The same value, from the log. */
  revive(ended: CallEnded, load: (hash: Hash) => string): Value;
  /** True for a failure after which nobody knows whether the call happened: its end is left open in the log. */
  inDoubt?(error: unknown): boolean;
  /** What the log keeps of a failure besides its error. */
  failed?(error: unknown): Pick<CallEnded, 'costUsd'>;
  /** `recorded` costs nothing and asks nobody. */
  readonly source: 'live' | 'recorded';
}

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
  const recorded = run.journal.find(request.position, request.fingerprint);
  if (recorded)
    return replay(run, request, () => performance.revive(recorded.ended, recorded.load), recorded.ended);
  if (run.journal.closed) throw notRecorded(request);
  performance.admit?.();
  emit(run, { type: 'call-begun', at: run.services.clock.now(), ...request });
  await run.services.log.commit();
  return touchTheWorld(run, request, performance);
}

async function touchTheWorld<Value>(
  run: RunContext,
  request: CallRequest,
  performance: Performance<Value>,
): Promise<Value> {
  const { clock } = run.services;
  const startMs = clock.monotonicMs();
  const end = (record: Completed<Value>['record']): void =>
    emit(run, {
      type: 'call-ended',
      at: clock.now(),
      position: request.position,
      durationMs: Math.round((clock.monotonicMs() - startMs) * 100) / 100,
      source: performance.source,
      ...record,
    });
  try {
    const completed = await performance.live();
    end(completed.record);
    return completed.value;
  } catch (error) {
    if (!performance.inDoubt?.(error))
      end({ status: 'error', error: failureRecord(error), ...performance.failed?.(error) });
    throw error;
  }
}

function replay<Value>(run: RunContext, request: CallRequest, revive: () => Value, ended: CallEnded): Value {
  const at = run.services.clock.now();
  emit(run, { type: 'call-begun', at, ...request });
  emit(run, { ...ended, at, source: 'recorded', costUsd: 0 });
  // A result beside the error is what the loop went on with: a cut-off call that the model was told about.
  if (ended.error && ended.result === undefined) throw errorOfRecord(ended.error);
  return revive();
}

function notRecorded(request: CallRequest): AiworkflowError {
  return new AiworkflowError({
    code: 'REPLAY_DIVERGED',
    message: `The run asks for ${request.name} at ${request.position}, and nothing is recorded there.`,
    hint: 'The recorded run ended earlier, or took another way: compare the two runs.',
    details: { position: request.position, name: request.name },
  });
}
