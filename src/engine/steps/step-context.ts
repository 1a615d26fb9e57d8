import type { EffectiveLimits } from '../../domain/limits.ts';
import type { StepPath } from '../../domain/position.ts';
import type { RunContext } from '../runs/run-context.ts';
import { limitReached, StepMeter } from './step-meter.ts';

/** One prompt or call on its way: where it is, what it may use, what it has used. */
export interface StepContext {
  readonly run: RunContext;
  readonly path: StepPath;
  readonly limits: EffectiveLimits;
  readonly meter: StepMeter;
  /** Fires when the run is interrupted, and when the step's wall time is over. */
  readonly signal: AbortSignal;
}

/** Runs `work` as a step that is aborted, mid-call if need be, when its wall time is over. */
export async function withStep<Value>(
  run: RunContext,
  step: { readonly path: StepPath; readonly limits: EffectiveLimits },
  work: (context: StepContext) => Promise<Value>,
): Promise<Value> {
  const timer = new AbortController();
  const wallTime = new AbortController();
  const { wallTimeMs } = step.limits;
  run.services.clock.sleep(wallTimeMs, timer.signal).then(
    () => wallTime.abort(limitReached(step.path, 'wallTimeMs', wallTimeMs)),
    () => undefined, // the step ended first: the timer was called off below
  );
  try {
    return await work({
      run,
      ...step,
      meter: new StepMeter(step.path, step.limits),
      signal: AbortSignal.any([run.signal, wallTime.signal]),
    });
  } finally {
    timer.abort();
  }
}
