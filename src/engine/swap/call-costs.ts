import type { CallEnded } from '../../domain/events.ts';
import { addCost, type CostUsd } from '../../domain/usage.ts';

/** Unknown (null) for a call whose end is not in the log: it may have been charged for. */
export function costOfCall({ ended }: { readonly ended?: CallEnded }): CostUsd {
  if (!ended) return null;
  return ended.costUsd === undefined ? 0 : ended.costUsd;
}

/** Unknown as soon as one part is. */
export const sumCosts = (costs: readonly CostUsd[]): CostUsd => costs.reduce<CostUsd>(addCost, 0);
