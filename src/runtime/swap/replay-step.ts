import type { HeldBudget } from '../../engine/budgets/accounts.ts';
import { type CasePair, isCompared, pairCases } from '../../engine/swap/compare-cases.ts';
import { stepOnly } from '../../engine/swap/step-only.ts';
import { endOfReplay, type ReplayEnd } from '../../engine/swap/stops-swap.ts';
import { type AiworkflowError, errorOfRecord } from '../../errors/index.ts';
import type { Runtime } from '../../runtime.ts';
import { replayRun } from '../rerun/replay-run.ts';
import { type ChosenRun, casesOf } from './select-runs.ts';

export interface StepReplay {
  readonly step: string;
  readonly model: string;
  readonly onMiss: 'stop' | 'live';
  /** The swap's own, which pays for it. */
  readonly accounts: readonly HeldBudget[];
  readonly signal?: AbortSignal;
}

export interface ReplayedStep {
  readonly replayId: string;
  readonly pairs: readonly CasePair[];
  readonly end: ReplayEnd<AiworkflowError>;
}

/** One recorded run again, as far as the step and with its definition as it was then: the candidate is the only change. */
export async function replayStep(
  runtime: Runtime,
  { past, workflow, cases }: ChosenRun,
  { step, model, ...options }: StepReplay,
): Promise<ReplayedStep> {
  const replayId = runtime.services.ids.runId();
  const cut = stepOnly(workflow, step) ?? workflow;
  const outcome = await replayRun(runtime, past.runId, {
    live: 'models',
    verified: true,
    models: { steps: { [step]: model } },
    workflow: cut,
    runId: replayId,
    ...options,
  });
  const pairs = pairCases(
    { original: past.runId, replay: replayId },
    cases,
    casesOf(runtime.log, replayId, step),
  );
  const failures = [
    ...(outcome.error ? [outcome.error] : []),
    ...pairs.flatMap(({ now }) => (now.error ? [errorOfRecord(now.error)] : [])),
  ];
  const answered = pairs.some((pair) => isCompared(pair));
  return { replayId, pairs, end: endOfReplay(failures, { replayId, answered }) };
}
