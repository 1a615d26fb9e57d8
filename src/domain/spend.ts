import type { Account, AccountScope, Charge } from './account.ts';
import type { CallBegun, CallEnded } from './events.ts';
import type { Position } from './position.ts';
import { addCost, type CostUsd } from './usage.ts';

/** What calls have taken out of an account: US dollars and tokens. */
export interface Spend {
  readonly usd: number;
  readonly tokens: number;
}

export const noSpend: Spend = { usd: 0, tokens: 0 };

export function addSpend(a: Spend, b: Spend): Spend {
  return { usd: a.usd + b.usd, tokens: a.tokens + b.tokens };
}

/**
 * What a call has taken, as far as the log tells. Without an end: all that was reserved. An end of unknown cost keeps
 * the reservation too; without one it counts as 0, because a budget can count only what is known.
 */
export function spendOf(begun: Pick<CallBegun, 'reserved'>, ended: CallEnded | undefined): Spend {
  const reserved: Spend = { usd: begun.reserved?.usd ?? 0, tokens: begun.reserved?.tokens ?? 0 };
  if (!ended) return reserved;
  if (ended.source !== 'live') return noSpend;
  // Refused before anything was used; what broke off in the middle has the cost null: unknown.
  const isFree = ended.costUsd === undefined || ended.costUsd === 0;
  if (ended.status === 'error' && ended.usage === undefined && isFree) return noSpend;
  return {
    usd: ended.costUsd ?? reserved.usd,
    tokens: ended.usage ? ended.usage.inputTokens + ended.usage.outputTokens : reserved.tokens,
  };
}

/** A call of the log, as far as its cost goes. Without `ended`: under way, lost or in doubt. */
export interface PaidCall {
  readonly begun: Pick<CallBegun, 'call' | 'reserved'>;
  readonly ended?: CallEnded;
}

/**
 * What a call counts as cost: the views' column `cost_usd`, by the same rule. Without an end what was reserved for it,
 * because it may have been charged for; unknown (null) when nothing was.
 */
export function costOfCall({ begun, ended }: PaidCall): CostUsd {
  if (!ended) return begun.reserved?.usd ?? null;
  if (ended.source !== 'live') return 0;
  if (ended.costUsd !== undefined) return ended.costUsd;
  const isRefused = ended.status === 'error' && ended.usage === undefined;
  return isRefused || begun.call === 'tool' ? 0 : null;
}

/** The same in the sum of a run or step, where a call for which nothing was reserved counts from its end on. */
export function costInSum(call: PaidCall): CostUsd {
  return call.ended || call.begun.reserved ? costOfCall(call) : 0;
}

/** Unknown as soon as one part is. */
export const sumCosts = (costs: Iterable<CostUsd>): CostUsd => [...costs].reduce<CostUsd>(addCost, 0);

/** What a call cost when it was made, as steps and templates see it. No cost at all: a tool's call, or a person's word. */
export function seenCost({ seenCostUsd, costUsd = 0 }: CallEnded): CostUsd {
  return seenCostUsd === undefined ? costUsd : seenCostUsd;
}

/** What must be booked when the call ends: mostly negative, because the worst case seldom comes. */
export function settlementOf(begun: Pick<CallBegun, 'reserved'>, ended: CallEnded): Spend {
  const spent = spendOf(begun, ended);
  return {
    usd: spent.usd - (begun.reserved?.usd ?? 0),
    tokens: spent.tokens - (begun.reserved?.tokens ?? 0),
  };
}

/** A thousandth of a millionth of a dollar: sums of fractions are off by less, and 0.1 + 0.2 fits into 0.3. */
const roundingUsd = 1e-9;

/** Which limit of the account the charge does not fit under, on top of what is used; undefined when it fits. */
export function exceeded(
  account: Pick<Account, 'usd' | 'tokens'>,
  used: Spend,
  charge: Pick<Charge, 'usd' | 'tokens'>,
): 'usd' | 'tokens' | undefined {
  if (account.usd !== undefined && used.usd + (charge.usd ?? 0) > account.usd + roundingUsd) return 'usd';
  if (account.tokens !== undefined && used.tokens + charge.tokens > account.tokens) return 'tokens';
  return undefined;
}

/** Thrown at the caller: a NaN in an account would let everything through, or make the log unwritable. */
export function assertAmounts({
  usd,
  tokens,
}: {
  readonly usd: number | null;
  readonly tokens: number;
}): void {
  if (Number.isFinite(usd ?? 0) && Number.isFinite(tokens)) return;
  throw new RangeError(`an account cannot be charged with ${String(usd)} dollars and ${tokens} tokens`);
}

/** A call of the log, as far as scopes ask for it. `at`: when it began. */
export interface CallPlace {
  readonly runId: string;
  readonly workflowId: string;
  readonly position: Position;
  readonly at: number;
}

export function isInScope(scope: AccountScope, call: CallPlace): boolean {
  return (
    (scope.runId === undefined || scope.runId === call.runId) &&
    (scope.workflowId === undefined || scope.workflowId === call.workflowId) &&
    (scope.step === undefined || isWithin(scope.step, call.position)) &&
    (scope.fromMs === undefined || call.at >= scope.fromMs) &&
    (scope.toMs === undefined || call.at < scope.toMs)
  );
}

/** `scan` holds `scan/m1`, `scan[2]/m1`, `scan~3/m1`, `scan!2/m1`, `scan/check/m1`; not `scanner/m1`. */
function isWithin(step: string, position: Position): boolean {
  return position.startsWith(step) && '[~!/'.includes(position.charAt(step.length) || ' ');
}
