import type { Account, AccountScope, Charge, Refusal, Settlement } from '../domain/account.ts';
import type { AuditEvent, CallBegun } from '../domain/events.ts';
import type { Position } from '../domain/position.ts';
import {
  addSpend,
  assertAmounts,
  exceeded,
  isInScope,
  noSpend,
  type Spend,
  spendOf,
} from '../domain/spend.ts';

type Runs = ReadonlyMap<string, readonly AuditEvent[]>;

/** The budgets of a log in memory: nothing comes between looking and taking, because nothing waits. */
export function memoryAccounts(runs: Runs): {
  reserve(charge: Charge): Refusal | undefined;
  settle(settlement: Settlement): void;
} {
  const accounts = new Map<string, Spend>();
  const usedOf = ({ key, counts }: Account): Spend => {
    const used = accounts.get(key) ?? sumScope(runs, counts);
    accounts.set(key, used);
    return used;
  };
  return {
    reserve(charge) {
      assertAmounts(charge);
      for (const account of charge.accounts) {
        const used = usedOf(account);
        if (exceeded(account, used, charge)) return { account, usedUsd: used.usd, usedTokens: used.tokens };
      }
      const taken: Spend = { usd: charge.usd ?? 0, tokens: charge.tokens };
      for (const account of charge.accounts) accounts.set(account.key, addSpend(usedOf(account), taken));
      return undefined;
    },
    settle(settlement) {
      assertAmounts(settlement);
      for (const key of settlement.accounts) {
        const used = accounts.get(key);
        if (used) accounts.set(key, addSpend(used, settlement));
      }
    },
  };
}

function sumScope(runs: Runs, scope: AccountScope): Spend {
  return [...runs].map(([runId, events]) => sumRun(scope, runId, events)).reduce(addSpend, noSpend);
}

function sumRun(scope: AccountScope, runId: string, events: readonly AuditEvent[]): Spend {
  const [first] = events;
  const workflowId = first?.type === 'run-started' ? first.workflowId : '';
  const begun = new Map<Position, CallBegun>();
  const spends = new Map<Position, Spend>();
  for (const event of events) {
    if (event.type === 'call-begun' && isInScope(scope, { runId, workflowId, ...event })) {
      begun.set(event.position, event);
      spends.set(event.position, spendOf(event, undefined));
    }
    const beginning = event.type === 'call-ended' && begun.get(event.position);
    if (beginning) spends.set(event.position, spendOf(beginning, event));
  }
  return [...spends.values()].reduce(addSpend, noSpend);
}
