import type { Database } from 'better-sqlite3';
import type { AccountScope } from '../../domain/account.ts';
import { noSpend, type Spend } from '../../domain/spend.ts';
import type { Problem } from './verification.ts';

/**
 * What the log's calls in the scope have used and reserved. One pass over the events, because the first call of a day
 * sums a log of a million events while everyone else waits to write.
 */
export function sumSpend(database: Database, scope: AccountScope): Spend {
  const narrowed = Object.entries(scope).filter(([, value]) => value !== undefined);
  const where = narrowed.map(([field]) => conditions[field as keyof AccountScope]);
  // What another machine has paid is no spend of this log's budgets; a run that goes on here brings its own along.
  if (scope.runId === undefined) where.push(isOwn);
  const sql = `SELECT coalesce(sum(usd), 0) AS usd, coalesce(sum(tokens), 0) AS tokens FROM (${spends(where)})`;
  return database.prepare<[object], Spend>(sql).get(Object.fromEntries(narrowed)) ?? noSpend;
}

/**
 * Accounts that hold less than the log's calls have taken out of them: somebody put money back. More is no problem,
 * because the calls of pruned runs are no longer there.
 */
export function accountProblems(database: Database): Problem[] {
  const sql = `
    SELECT a.key, a.usd, a.tokens,
      a.opened_usd + coalesce(sum(t.usd), 0) AS takenUsd, a.opened_tokens + coalesce(sum(t.tokens), 0) AS takenTokens
    FROM budget_accounts a LEFT JOIN (
      SELECT n.value AS key, c.usd, c.tokens FROM (${spends([isOwn, isJson])}) c, json_each(c.accounts) n
    ) t ON t.key = a.key
    GROUP BY a.account HAVING a.usd < takenUsd - 1e-6 OR a.tokens < takenTokens - 1e-3`;
  type Row = Spend & { readonly key: string; readonly takenUsd: number; readonly takenTokens: number };
  return database
    .prepare<[], Row>(sql)
    .all()
    .map(({ key, usd, tokens, takenUsd, takenTokens }) => ({
      what: `the budget account "${key}" holds $${usd} and ${tokens} tokens, and the calls took $${takenUsd} and ${takenTokens} tokens`,
    }));
}

const conditions: Readonly<Record<keyof AccountScope, string>> = {
  runId: 'run = (SELECT run FROM run_keys WHERE run_id = @runId)',
  workflowId: `run IN (SELECT s.run FROM run_keys k JOIN events s ON s.run = k.run AND s.seq = 1
    WHERE json_extract(s.rest, '$.workflowId') = @workflowId)`,
  step: `substr(position, 1, length(@step)) = @step
    AND instr('[~!/', substr(position || ' ', length(@step) + 1, 1)) > 0`,
  // Without its beginning a call that began before the period is left out as a whole.
  fromMs: 'at >= @fromMs',
  toMs: "(type = 'call-ended' OR at < @toMs)",
};

const isOwn = 'run NOT IN (SELECT run FROM imported_runs)';

/** A damaged row is another finding: it must not keep this one from being looked for. */
const isJson = 'json_valid(rest) AND (usage IS NULL OR json_valid(usage))';

const inputTokens = "coalesce(json_extract(usage, '$[0]'), json_extract(rest, '$.usage.inputTokens'))";
const outputTokens = "coalesce(json_extract(usage, '$[1]'), json_extract(rest, '$.usage.outputTokens'))";

/** `spendOf` of domain/spend.ts in SQL: a row per call, with the accounts that its beginning names. */
const spends = (where: readonly string[]): string => `
  SELECT accounts,
    CASE WHEN NOT ended THEN reserved_usd WHEN is_used THEN coalesce(cost_usd, reserved_usd) END AS usd,
    CASE WHEN NOT ended THEN reserved_tokens WHEN is_used THEN coalesce(used_tokens, reserved_tokens) END AS tokens
  FROM (
    SELECT
      max(type = 'call-begun') AS begun,
      max(CASE type WHEN 'call-begun' THEN json_extract(rest, '$.reserved.accounts') END) AS accounts,
      max(CASE type WHEN 'call-begun' THEN json_extract(rest, '$.reserved.usd') END) AS reserved_usd,
      max(CASE type WHEN 'call-begun' THEN json_extract(rest, '$.reserved.tokens') END) AS reserved_tokens,
      max(type = 'call-ended') AS ended,
      max(CASE type WHEN 'call-ended' THEN source = 'live' AND (status <> 'error' OR ${inputTokens} IS NOT NULL
        OR (json_type(rest, '$.costUsd') IS NOT NULL AND json_extract(rest, '$.costUsd') IS NOT 0)) END) AS is_used,
      max(CASE type WHEN 'call-ended' THEN json_extract(rest, '$.costUsd') END) AS cost_usd,
      max(CASE type WHEN 'call-ended' THEN ${inputTokens} + ${outputTokens} END) AS used_tokens
    FROM events WHERE ${["type IN ('call-begun', 'call-ended')", ...where].join(' AND ')}
    GROUP BY run, position
  ) WHERE begun`;
