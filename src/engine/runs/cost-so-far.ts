import type { CallBegun, CallEnded } from '../../domain/events.ts';
import type { Position } from '../../domain/position.ts';
import { costInSum, sumCosts } from '../../domain/spend.ts';
import { addCost, addUsage, type CostUsd, noUsage, type Usage } from '../../domain/usage.ts';

/** What calls have used, while more of them begin and end. */
export interface CostSoFar {
  usage: Usage;
  /** With what is reserved for calls without an end: they may be charged for. */
  costUsd: CostUsd;
  /** Of the calls that have ended. */
  settledUsd: CostUsd;
  /** The rest, by call. Summed anew each time: what is added and taken away again leaves a fraction behind. */
  readonly reserved: Map<Position, CostUsd>;
}

export function nothingSoFar(): CostSoFar {
  return { usage: noUsage, costUsd: 0, settledUsd: 0, reserved: new Map() };
}

export function countBegun(sum: CostSoFar, begun: CallBegun): void {
  if (!begun.reserved) return;
  sum.reserved.set(begun.position, costInSum({ begun }));
  sum.costUsd = addCost(sum.settledUsd, reservedOf(sum));
}

export function countEnded(
  sum: CostSoFar,
  call: { readonly begun: CallBegun; readonly ended: CallEnded },
): void {
  if (call.ended.usage) sum.usage = addUsage(sum.usage, call.ended.usage);
  sum.settledUsd = addCost(sum.settledUsd, costInSum(call));
  sum.reserved.delete(call.begun.position);
  sum.costUsd = addCost(sum.settledUsd, reservedOf(sum));
}

/** The part of the cost that is reserved for calls without an end. */
export const reservedOf = ({ reserved }: Pick<CostSoFar, 'reserved'>): CostUsd => sumCosts(reserved.values());
