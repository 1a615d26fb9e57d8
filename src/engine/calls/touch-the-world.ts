import type { CallBegun, CallEnded, Reserved } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import { settlementOf } from '../../domain/spend.ts';
import { addCost, type CostUsd } from '../../domain/usage.ts';
import { failureRecord } from '../../errors/index.ts';
import { emit, type RunContext } from '../runs/run-context.ts';
import type { CallRequest, Completed, Performance } from './performance.ts';

/** What is on disk before the world is touched, as far as the call's end has to know. */
export type Begun = Pick<CallBegun, 'reserved'>;

export async function begin<Value>(
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

export async function touchTheWorld<Value>(
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

function pay({ paid }: RunContext, costUsd: CostUsd | undefined): void {
  if (costUsd !== undefined) paid.costUsd = addCost(paid.costUsd, costUsd);
}
