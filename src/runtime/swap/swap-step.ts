import type { Json, JsonObject } from '../../domain/json.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import { costOfCall, sumCosts } from '../../domain/spend.ts';
import type { CostUsd } from '../../domain/usage.ts';
import { hold } from '../../engine/budgets/accounts.ts';
import { recordRun } from '../../engine/runs/record-run.ts';
import { withBudgetForAll } from '../../engine/swap/budget-for-all.ts';
import { type CasePair, isCompared } from '../../engine/swap/compare-cases.ts';
import { summariseSwap } from '../../engine/swap/summarise-swap.ts';
import type { LeftOut, SwapReport } from '../../engine/swap/swap-report.ts';
import { defaultRules, type SwapRules } from '../../engine/swap/swap-rules.ts';
import { type AiworkflowError, failureRecord, InterruptedError } from '../../errors/index.ts';
import type { Runtime } from '../../runtime.ts';
import { openPast } from '../rerun/open-past.ts';
import { noRuns } from './no-runs.ts';
import { openCandidate } from './open-candidate.ts';
import { type ReplayedStep, replayStep } from './replay-step.ts';
import { type ChosenRun, modelCalls, type Selection, selectRuns } from './select-runs.ts';
import { type StepToSwap, stepToSwap } from './step-to-swap.ts';

export interface SwapOptions extends Pick<Selection, 'runIds' | 'problemOf'> {
  /** As the files say now. */
  readonly workflow: LoadedWorkflow;
  readonly step: string;
  readonly model: string;
  /** Runs to replay at the most. Default 10. */
  readonly last?: number;
  /** US dollars for all replays together. Default 1. */
  readonly budgetUsd?: number;
  readonly allowUnknownPrice?: boolean;
  readonly onMiss?: 'stop' | 'live';
  readonly rules?: SwapRules;
  /** Fields that may differ: `/summary`, `/files/*` with what is in it. */
  readonly ignore?: readonly string[];
  readonly anyDefinition?: boolean;
  readonly signal?: AbortSignal;
  /** Called before the first replay, and after each. */
  readonly watch?: SwapWatch;
}

export interface SwapWatch {
  begun(swap: { readonly swapId: string; readonly runs: number; readonly leftOut: number }): void;
  replayed(
    replay: ReplayedStep & { readonly original: string; readonly place: number; readonly of: number },
  ): void;
}

export const defaultLast = 10;
export const defaultBudgetUsd = 1;

/**
 * Whether a step may have another model: its last runs are replayed with the candidate, tools from the log, and compared.
 * The swap is a run of its own in the log whose result is the report; each replay is a run whose parent is the run that
 * it repeats. Throws before anything is paid for: STEP_UNKNOWN, NO_RUNS_TO_COMPARE, PRICE_UNKNOWN, what opening the model
 * throws; and what the provider refuses, when it refuses the first call.
 */
export async function swapStep(runtime: Runtime, options: SwapOptions): Promise<SwapReport> {
  const { services, config, log } = runtime;
  const found = stepToSwap(options.workflow, options.step, { fallback: config.model });
  await openCandidate(runtime, options);
  const { anyDefinition = false, last = defaultLast, runIds, problemOf } = options;
  const selected = selectRuns(log, {
    step: found.step,
    anyDefinition,
    last,
    runIds,
    ...(problemOf && { problemOf }),
  });
  if (selected.chosen.length === 0) throw noRuns(options, selected.leftOut);
  const swapId = services.ids.runId();
  const { workflow, step, model, signal, onMiss = 'stop' } = options;
  const start = {
    runId: swapId,
    workflowId: workflow.id,
    params: paramsOf(options),
    models: { steps: { [step]: model } },
    origin: { kind: 'swap', live: 'models', steps: [step], onMiss } as const,
    ...(signal && { signal }),
  };
  return recordRun(services, start, async () => {
    const progress = await replayAll(runtime, { ...options, swapId, ...selected });
    const { stopped } = progress;
    // A budget that was too small is the swap's own affair, and its report says what would do.
    if (stopped && stopped.code !== 'BUDGET_EXCEEDED' && !progress.pairs.some(isCompared)) throw stopped;
    const report = reportOf(options, { ...progress, ...selected, found, swapId });
    return {
      value: report,
      // Plain JSON by construction; the compiler cannot see it through optional fields.
      result: report as unknown as Json,
      ...(stopped && { cut: stopped }),
    };
  });
}

function paramsOf({
  step,
  model,
  last,
  budgetUsd,
  rules,
  ignore = [],
  onMiss = 'stop',
}: SwapOptions): JsonObject {
  return {
    step,
    model,
    last: last ?? defaultLast,
    budgetUsd: budgetUsd ?? defaultBudgetUsd,
    onMiss,
    ignore,
    ...(rules ?? defaultRules),
  };
}

interface Progress {
  readonly pairs: readonly CasePair[];
  /** Replays that say nothing about the candidate. */
  readonly leftOutLater: readonly LeftOut[];
  readonly replayed: number;
  readonly spentUsd: CostUsd;
  readonly stopped?: AiworkflowError;
}

interface Work extends SwapOptions {
  readonly swapId: string;
  readonly chosen: readonly ChosenRun[];
  readonly leftOut: readonly LeftOut[];
}

/** One after the other: what is left of the budget is known before the next one begins. */
async function replayAll(runtime: Runtime, work: Work): Promise<Progress> {
  const { chosen, swapId, step, model, onMiss = 'stop', signal, watch } = work;
  watch?.begun({ swapId, runs: chosen.length, leftOut: work.leftOut.length });
  const accounts = hold(budgetOf(work), { path: '', runId: swapId });
  const pairs: CasePair[] = [];
  const leftOutLater: LeftOut[] = [];
  const costs: CostUsd[] = [];
  const progress = () => ({ pairs, leftOutLater, replayed: costs.length, spentUsd: sumCosts(costs) });
  for (const [index, run] of chosen.entries()) {
    if (signal?.aborted) return { ...progress(), stopped: interrupted(signal) };
    const replayed = await replayStep(runtime, run, {
      step,
      model,
      onMiss,
      accounts,
      ...(signal && { signal }),
    });
    const { end, replayId } = replayed;
    costs.push(costOf(runtime, replayId));
    const original = run.past.runId;
    if (end.kind === 'left-out') leftOutLater.push({ runId: original, why: end.failure.message });
    else pairs.push(...replayed.pairs);
    watch?.replayed({ ...replayed, original, place: index + 1, of: chosen.length });
    // The replay that was cut off is not one that was done.
    if (end.kind === 'stops') return { ...progress(), replayed: index, stopped: end.failure };
  }
  return progress();
}

const budgetOf = ({ budgetUsd: usd = defaultBudgetUsd, allowUnknownPrice = false }: SwapOptions) => ({
  usd,
  ...(allowUnknownPrice && { allowUnknownPrice }),
});

function costOf({ log }: Runtime, runId: string): CostUsd {
  const calls = [...openPast(log, runId).calls.values()];
  return sumCosts(calls.filter(({ begun }) => begun.call === 'model').map(costOfCall));
}

const interrupted = (signal: AbortSignal): InterruptedError =>
  new InterruptedError({ code: 'INTERRUPTED', message: 'The swap was interrupted.', cause: signal.reason });

interface Finding extends Progress {
  readonly chosen: readonly ChosenRun[];
  readonly leftOut: readonly LeftOut[];
  readonly found: StepToSwap;
  readonly swapId: string;
}

function reportOf(options: SwapOptions, finding: Finding): SwapReport {
  const { found, stopped, chosen, pairs, swapId } = finding;
  const { workflow, step, model, rules = defaultRules, ignore = [], budgetUsd = defaultBudgetUsd } = options;
  const calls = chosen.reduce((sum, { past }) => sum + modelCalls(past, found.step.id).length, 0);
  return summariseSwap(
    {
      swapId,
      workflowId: workflow.id,
      step,
      candidate: model,
      present: found.present ?? null,
      recordedModels: [...new Set(chosen.flatMap(({ models }) => models))],
      leftOut: [...finding.leftOut, ...finding.leftOutLater],
      hasContract: found.step.response !== undefined,
      thresholds: rules,
      ignore,
      budgetUsd,
      spentUsd: finding.spentUsd,
      stopped: stopped
        ? { ...withBudgetForAll(failureRecord(stopped), { swapId, calls }), afterRuns: finding.replayed }
        : null,
    },
    pairs,
  );
}
