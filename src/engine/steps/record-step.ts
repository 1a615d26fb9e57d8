import { canonicalJson } from '../../domain/canonical-json.ts';
import type { StepEnded } from '../../domain/events.ts';
import type { Json } from '../../domain/json.ts';
import type { LoadedStep } from '../../domain/loaded-workflow.ts';
import type { StepPath } from '../../domain/position.ts';
import type { StepResult } from '../../domain/result.ts';
import { AiworkflowError, failureRecord } from '../../errors/index.ts';
import type { TemplateScope } from '../../ports/template-engine.ts';
import { recordedEnd } from '../calls/recorded-failure.ts';
import { emit, type RunContext } from '../runs/run-context.ts';
import type { WorkflowRun } from '../runs/workflow-run.ts';
import { modelOf } from './run-prompt-step.ts';
import { asJson } from './scope.ts';

export interface Place {
  readonly path: StepPath;
  readonly scope: TemplateScope;
  /** The `forEach` item that the step is running for. */
  readonly item?: Json;
}

/** Runs a step's work between its two events, so that the log says how each step ended, whatever happens. */
export async function recordStep(
  flow: WorkflowRun,
  step: LoadedStep,
  { place, work }: { readonly place: Place; readonly work: () => Promise<StepResult> },
): Promise<StepResult> {
  const { services } = flow.run;
  emit(flow.run, {
    type: 'step-started',
    at: services.clock.now(),
    step: place.path,
    kind: step.kind,
    ...(step.kind === 'prompt' && { model: modelOf(flow, step) }),
    ...(place.item !== undefined && { item: services.log.store(canonicalJson(place.item)) }),
  });
  return recordEnd(flow.run, place.path, work);
}

export async function recordEnd(
  run: RunContext,
  path: StepPath,
  work: () => Promise<StepResult>,
): Promise<StepResult> {
  try {
    const result = await work();
    const status = result.stopReason === 'skipped' ? 'skipped' : 'ok';
    end(run, { step: path, status, result: run.services.log.store(canonicalJson(asJson(result))) });
    return result;
  } catch (error) {
    end(run, { step: path, status: failedStatus(run, { path, error }), error: failureRecord(error) });
    throw error;
  }
}

export type FailedStatus = 'failed' | 'stopped' | 'waiting' | 'interrupted';

const isFailed = (status: StepEnded['status']): status is FailedStatus =>
  status !== 'ok' && status !== 'skipped';

/**
 * How a failure is called in the log: a limit stops, a call in doubt waits for a person, a person interrupts whatever
 * that broke off, all else fails. A frozen replay that meets the same failure again calls it as it was called then.
 */
export function failedStatus(
  run: RunContext,
  { path, error }: { readonly path: StepPath; readonly error: unknown },
): FailedStatus {
  const then = run.journal.closed ? recordedEnd(run.journal, path) : undefined;
  if (then && AiworkflowError.is(error) && then.error?.code === error.code && isFailed(then.status))
    return then.status;
  if (run.signal.aborted) return 'interrupted';
  if (!AiworkflowError.is(error)) return 'failed';
  if (error.code === 'LIMIT_REACHED' || error.code === 'BUDGET_EXCEEDED') return 'stopped';
  if (error.code === 'TOOL_OUTCOME_UNKNOWN') return 'waiting';
  return error.code === 'INTERRUPTED' ? 'interrupted' : 'failed';
}

function end(run: RunContext, event: Omit<StepEnded, 'type' | 'at'>): void {
  emit(run, { type: 'step-ended', at: run.services.clock.now(), ...event });
}
