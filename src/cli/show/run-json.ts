import { type CostSoFar, reservedOf } from '../../engine/runs/cost-so-far.ts';
import type { CallState, RunState, StepState } from '../../engine/runs/fold-run.ts';
import { modelRequestOf, resultOf, toolRequestOf } from './call-request.ts';
import { callsOf, type RunSource } from './run-source.ts';

/** The run for programs: what `show` prints, as one JSON value. */
export function runJson(run: RunState) {
  const { steps, calls, started, ...totals } = run;
  return {
    ...withReserved(totals),
    ...(started && { started }),
    steps: [...steps.values()].map(withReserved),
    calls: [...calls.values()].map(callSummary),
  };
}

export function stepJson(source: RunSource, step: StepState) {
  return {
    runId: source.run.runId,
    ...withReserved(step),
    calls: callsOf(source.run, step.path).map((call) => callJson(source, call)),
  };
}

/** The part of `costUsd` that is reserved for calls without an end as one figure. */
function withReserved<Sum extends CostSoFar>({ reserved, ...sum }: Sum) {
  return { ...sum, reservedUsd: reservedOf({ reserved }) };
}

export function callJson(source: RunSource, call: CallState) {
  const request = call.begun.call === 'model' ? modelRequestOf(source, call) : toolRequestOf(source, call);
  return { ...callSummary(call), request, response: resultOf(source, call) ?? null };
}

function callSummary({ number, step, turn, begun, ended }: CallState) {
  return { number, step, turn, status: ended?.status ?? 'in-doubt', begun, ended: ended ?? null };
}
