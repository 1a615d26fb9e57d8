import type { FailureRecord } from '../../domain/events.ts';
import type { JsonObject } from '../../domain/json.ts';
import { roundUp } from '../budgets/budget-exceeded.ts';

/** Whether it is the swap's own budget that held no further call. */
export function isOfSwapBudget({ code, details }: FailureRecord, swapId: string): boolean {
  return code === 'BUDGET_EXCEEDED' && (details as JsonObject | undefined)?.['account'] === `run ${swapId}`;
}

/**
 * The failure with a budget to type that holds the whole swap: what the one refused call needs would end it at the next.
 * `calls`: the model calls that the runs hold for the step; the candidate may need others, so it is what to expect.
 */
export function withBudgetForAll(
  failure: FailureRecord,
  { swapId, calls }: { readonly swapId: string; readonly calls: number },
): FailureRecord {
  const { unit, worst } = (failure.details ?? {}) as { readonly unit?: string; readonly worst?: number };
  if (!isOfSwapBudget(failure, swapId) || unit !== 'usd' || !worst) return failure;
  const all = roundUp(worst * Math.max(calls, 1));
  const each = Number(worst.toPrecision(3));
  return {
    ...failure,
    hint: `begin the swap again with --budget ${all}: its runs hold ${calls} model calls of the step, and one may take $${each}.`,
  };
}
