import type { Budget } from '../domain/limits.ts';
import { addCost, addUsage, type CostUsd, noUsage, type Usage } from '../domain/usage.ts';
import { DefinitionError, LimitError } from '../errors/index.ts';

/** The most that a call can cost. `costUsd` is `null` when the model has no known price. */
export interface WorstCase {
  readonly model: string;
  readonly tokens: number;
  readonly costUsd: CostUsd;
}

/**
 * Spend of a run against its budget. A call's worst case is reserved before it is made and settled when it ends, so
 * parallel branches cannot spend the same dollar twice. A sub-workflow's ledger also draws on its parent's.
 */
export interface BudgetLedger {
  /** Throws BUDGET_EXCEEDED when it does not fit, PRICE_UNKNOWN when dollars are limited and the price is unknown. */
  reserve(worst: WorstCase): Reservation;
  /** True when a budget is set at all: without one nobody needs to work out worst cases. */
  readonly limited: boolean;
  readonly spent: { readonly usage: Usage; readonly costUsd: CostUsd };
  /** Books spend without a reservation (runs without a budget). */
  book(usage: Usage, costUsd: CostUsd): void;
}

export interface Reservation {
  /** Without a usage (the provider told none, or the call broke off) the whole reservation counts as used. */
  settle(usage: Usage | undefined, costUsd: CostUsd): void;
  /** The call failed before it used anything that we know of. */
  release(): void;
}

export function openBudget(budget: Budget | undefined, parent?: BudgetLedger): BudgetLedger {
  let spent: { usage: Usage; costUsd: CostUsd } = { usage: noUsage, costUsd: 0 };
  let reservedUsd = 0;
  let reservedTokens = 0;
  const book = (usage: Usage, costUsd: CostUsd): void => {
    spent = { usage: addUsage(spent.usage, usage), costUsd: addCost(spent.costUsd, costUsd) };
    parent?.book(usage, costUsd);
  };
  return {
    limited: budget !== undefined || (parent?.limited ?? false),
    get spent() {
      return spent;
    },
    book,
    reserve(worst) {
      const used = spent.usage.inputTokens + spent.usage.outputTokens + reservedTokens;
      requireFit(budget, worst, { tokens: used, usd: addCost(spent.costUsd, reservedUsd) });
      const outer = parent?.limited ? parent.reserve(worst) : undefined;
      reservedUsd += worst.costUsd ?? 0;
      reservedTokens += worst.tokens;
      const release = (): void => {
        reservedUsd -= worst.costUsd ?? 0;
        reservedTokens -= worst.tokens;
      };
      return {
        release() {
          release();
          outer?.release();
        },
        settle(usage, costUsd) {
          release();
          outer?.release();
          if (usage) book(usage, costUsd);
          else book({ ...noUsage, inputTokens: worst.tokens }, worst.costUsd);
        },
      };
    },
  };
}

function requireFit(
  budget: Budget | undefined,
  worst: WorstCase,
  used: { readonly tokens: number; readonly usd: CostUsd },
): void {
  if (budget?.tokens !== undefined && used.tokens + worst.tokens > budget.tokens)
    throw exceeded(
      `${budget.tokens} tokens`,
      `${used.tokens} are used, the next call may take ${worst.tokens}`,
    );
  if (budget?.usd === undefined) return;
  if (worst.costUsd === null || used.usd === null) throw priceUnknown(worst.model);
  if (used.usd + worst.costUsd > budget.usd)
    throw exceeded(
      `$${budget.usd}`,
      `$${used.usd.toFixed(4)} is used or reserved, the next call may cost $${worst.costUsd.toFixed(4)}`,
    );
}

function exceeded(budget: string, why: string): LimitError {
  return new LimitError({
    code: 'BUDGET_EXCEEDED',
    message: `The budget of ${budget} would not hold: ${why}.`,
    hint: 'Raise `budget:`, lower `settings.maxOutputTokens`, or choose a cheaper model.',
  });
}

function priceUnknown(model: string): DefinitionError {
  return new DefinitionError({
    code: 'PRICE_UNKNOWN',
    message: `A budget in dollars is set, and no price is known for ${model}.`,
    hint: `Give it one in aiworkflow.yaml under prices: "${model}": { input: …, output: … } (dollars for a million tokens).`,
  });
}
