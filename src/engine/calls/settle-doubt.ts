import type { Hash } from '../../domain/hash.ts';
import { stepOfPosition } from '../../domain/position.ts';
import type { Found } from '../journal/journal.ts';
import { emit, type RunContext } from '../runs/run-context.ts';
import type { Replayed } from './answer-from-log.ts';
import { callLost, failureFromLog, recordedInDoubt } from './call-lost.ts';
import type { CallRequest } from './performance.ts';
import { recordedFailure } from './recorded-failure.ts';
import { begin, touchTheWorld } from './touch-the-world.ts';

/** A call that the program died in, or that was cut off: by now somebody or something must say what became of it. */
export async function settleDoubt<Value>(
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
