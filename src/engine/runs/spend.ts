import type { StepResult } from '../../domain/result.ts';
import { addCost, addUsage, noUsage } from '../../domain/usage.ts';

/** What work used, of all the fields of a step's result. */
export type Spend = Pick<StepResult, 'usage' | 'costUsd' | 'turns' | 'toolCalls'>;

export const nothingSpent: Spend = { usage: noUsage, costUsd: 0, turns: 0, toolCalls: 0 };

export function sumSpend(a: Spend, b: Spend): Spend {
  return {
    usage: addUsage(a.usage, b.usage),
    costUsd: addCost(a.costUsd, b.costUsd),
    turns: a.turns + b.turns,
    toolCalls: a.toolCalls + b.toolCalls,
  };
}
