import type { CostUsd } from './usage.ts';

/**
 * A purse that calls draw on: one budget in one period. What is in it is part of the log, and is reserved in the
 * transaction that begins a call, so that two processes cannot spend the same dollar.
 */
export interface Account {
  /** `run <id>`, `run <id>/curate`, `project 2026-11-21`, `product-datamart 2026-11`, `product-datamart/scan 2026-11`. */
  readonly key: string;
  readonly usd?: number;
  readonly tokens?: number;
  /** Which calls of the log have drawn on it already when it is used for the first time. */
  readonly counts: AccountScope;
}

/** Every field narrows. Times are milliseconds since 1970, `toMs` excluded. */
export interface AccountScope {
  readonly runId?: string;
  readonly workflowId?: string;
  /** A step with its items, rounds, attempts and inner steps: `scan` counts `scan`, `scan[2]`, `scan~3`, `scan/check`. */
  readonly step?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** The worst case of a call that is about to begin. `usd` is null when no price is known and that is allowed. */
export interface Charge {
  readonly accounts: readonly Account[];
  readonly usd: CostUsd;
  readonly tokens: number;
}

/** What a call really used, given back against its reservation: the difference, mostly negative. */
export interface Settlement {
  readonly accounts: readonly string[];
  readonly usd: number;
  readonly tokens: number;
}

/** The account that a charge does not fit into, and what is used or reserved in it. */
export interface Refusal {
  readonly account: Account;
  readonly usedUsd: number;
  readonly usedTokens: number;
}
