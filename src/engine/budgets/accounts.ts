import type { Account, AccountScope } from '../../domain/account.ts';
import { type Budget, type Budgets, budgetList } from '../../domain/limits.ts';
import type { StepPath } from '../../domain/position.ts';

/** Whose budget it is. Without a `workflowId` it is the project's, without a `step` the workflow's. */
export interface BudgetHolder {
  readonly workflowId?: string;
  /** The step's id in its workflow. */
  readonly step?: string;
  /** The part of the run that draws on it: a step, or '' for all of it. */
  readonly path: StepPath;
  /** The run that pays, when it is not the one that calls: a swap pays for its replays. */
  readonly runId?: string;
}

/** A budget on its way through a run, from where it is set down to the calls that draw on it. */
export interface HeldBudget extends BudgetHolder {
  readonly budget: Budget;
}

/** An account that a call draws on, and the budgets that set its limits. */
export interface DrawnAccount {
  readonly account: Account;
  readonly held: readonly HeldBudget[];
}

export function hold(budgets: Budgets | undefined, holder: BudgetHolder): readonly HeldBudget[] {
  return budgetList(budgets).map((budget) => ({ ...holder, budget }));
}

/**
 * The accounts of a call that begins at `atMs`. Budgets for the same calls and the same period are one account with
 * the least of their limits: drawn on twice, it would count each call twice.
 */
export function accountsAt(
  held: readonly HeldBudget[],
  { runId, atMs }: { readonly runId: string; readonly atMs: number },
): readonly DrawnAccount[] {
  const byKey = new Map<string, DrawnAccount>();
  for (const one of held) {
    const account = accountOf(one, { runId: one.runId ?? runId, atMs });
    const same = byKey.get(account.key);
    byKey.set(account.key, {
      account: same ? narrower(same.account, account) : account,
      held: [...(same?.held ?? []), one],
    });
  }
  return [...byKey.values()];
}

function accountOf(
  { budget, ...holder }: HeldBudget,
  call: { readonly runId: string; readonly atMs: number },
): Account {
  const { usd, tokens, per = 'run' } = budget;
  return {
    ...(per === 'run' ? runAccount(holder, call.runId) : periodAccount(holder, periodOf(per, call.atMs))),
    ...(usd !== undefined && { usd }),
    ...(tokens !== undefined && { tokens }),
  };
}

type Purse = Pick<Account, 'key' | 'counts'>;

function runAccount({ path }: BudgetHolder, runId: string): Purse {
  if (path === '') return { key: `run ${runId}`, counts: { runId } };
  return { key: `run ${runId}/${path}`, counts: { runId, step: path } };
}

function periodAccount({ workflowId, step }: BudgetHolder, period: Period): Purse {
  const { name, fromMs, toMs } = period;
  const counts: AccountScope = {
    ...(workflowId !== undefined && { workflowId }),
    ...(step !== undefined && { step }),
    fromMs,
    toMs,
  };
  return { key: `${holderName(workflowId, step)} ${name}`, counts };
}

function holderName(workflowId: string | undefined, step: string | undefined): string {
  if (workflowId === undefined) return 'project';
  if (step !== undefined) return `${workflowId}/${step}`;
  // The one id that would draw on the project's account.
  return workflowId === 'project' ? 'workflow project' : workflowId;
}

export interface Period {
  /** `2026-11-21` or `2026-11`. */
  readonly name: string;
  readonly fromMs: number;
  /** The first millisecond that is no longer in it. */
  readonly toMs: number;
}

/** The calendar day or month that `atMs` is in, UTC: the same for every machine that draws on it. */
export function periodOf(per: 'day' | 'month', atMs: number): Period {
  const at = new Date(atMs);
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  if (per === 'day')
    return {
      name: at.toISOString().slice(0, 10),
      fromMs: Date.UTC(year, month, day),
      toMs: Date.UTC(year, month, day + 1),
    };
  return {
    name: at.toISOString().slice(0, 7),
    fromMs: Date.UTC(year, month, 1),
    toMs: Date.UTC(year, month + 1, 1),
  };
}

function narrower(a: Account, b: Account): Account {
  const usd = least(a.usd, b.usd);
  const tokens = least(a.tokens, b.tokens);
  return {
    key: a.key,
    counts: a.counts,
    ...(usd !== undefined && { usd }),
    ...(tokens !== undefined && { tokens }),
  };
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
