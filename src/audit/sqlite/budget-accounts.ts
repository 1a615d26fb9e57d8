import type { Database, Statement } from 'better-sqlite3';
import type { Account, Charge, Refusal, Settlement } from '../../domain/account.ts';
import { exceeded, type Spend } from '../../domain/spend.ts';
import { sumSpend } from './sum-spend.ts';

/** What is used and reserved in the budgets. Every method belongs inside the caller's write transaction. */
export class BudgetAccounts {
  readonly #database: Database;
  readonly #select: Statement<[string], Spend>;
  readonly #open: Statement<[string, number, number, number, number]>;
  readonly #add: Statement<[number, number, string]>;

  constructor(database: Database) {
    this.#database = database;
    this.#select = database.prepare('SELECT usd, tokens FROM budget_accounts WHERE key = ?');
    this.#open = database.prepare(
      'INSERT INTO budget_accounts (key, usd, tokens, opened_usd, opened_tokens) VALUES (?, ?, ?, ?, ?)',
    );
    this.#add = database.prepare(
      'UPDATE budget_accounts SET usd = usd + ?, tokens = tokens + ? WHERE key = ?',
    );
  }

  /** Takes the charge out of all of its accounts, or out of none: the refusal names the first that cannot bear it. */
  reserve(charge: Charge): Refusal | undefined {
    for (const account of charge.accounts) {
      const used = this.#used(account);
      if (exceeded(account, used, charge)) return { account, usedUsd: used.usd, usedTokens: used.tokens };
    }
    for (const { key } of charge.accounts) this.#add.run(charge.usd ?? 0, charge.tokens, key);
    return undefined;
  }

  /** An account that was never drawn on has no row: when it is opened, the log's calls are summed into it. */
  settle({ accounts, usd, tokens }: Settlement): void {
    for (const key of accounts) this.#add.run(usd, tokens, key);
  }

  #used({ key, counts }: Account): Spend {
    const known = this.#select.get(key);
    if (known) return known;
    const former = sumSpend(this.#database, counts);
    this.#open.run(key, former.usd, former.tokens, former.usd, former.tokens);
    return former;
  }
}
