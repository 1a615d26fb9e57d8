import type { Database } from 'better-sqlite3';
import type { AccountScope } from '../../domain/account.ts';
import { noSpend, type Spend } from '../../domain/spend.ts';

/**
 * What the log's calls in the scope have used and reserved: `spendOf` of domain/spend.ts in SQL. One pass over the
 * events, because the first call of a day sums a log of a million events while everyone else waits to write.
 */
export function sumAccount(database: Database, scope: AccountScope): Spend {
  const narrowed = Object.entries(scope).filter(([, value]) => value !== undefined);
  const where = narrowed.map(([field]) => `AND ${conditions[field as keyof AccountScope]}`).join(' ');
  return database.prepare<[object], Spend>(callsOf(where)).get(Object.fromEntries(narrowed)) ?? noSpend;
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

const inputTokens = "coalesce(json_extract(usage, '$[0]'), json_extract(rest, '$.usage.inputTokens'))";
const outputTokens = "coalesce(json_extract(usage, '$[1]'), json_extract(rest, '$.usage.outputTokens'))";

const callsOf = (where: string): string => `
  WITH calls AS (
    SELECT
      max(CASE type WHEN 'call-begun' THEN at END) AS begun_at,
      max(CASE type WHEN 'call-begun' THEN json_extract(rest, '$.reserved.usd') END) AS reserved_usd,
      max(CASE type WHEN 'call-begun' THEN json_extract(rest, '$.reserved.tokens') END) AS reserved_tokens,
      max(type = 'call-ended') AS ended,
      max(CASE type WHEN 'call-ended' THEN source = 'live' AND (status <> 'error' OR ${inputTokens} IS NOT NULL
        OR (json_type(rest, '$.costUsd') IS NOT NULL AND json_extract(rest, '$.costUsd') IS NOT 0)) END) AS is_used,
      max(CASE type WHEN 'call-ended' THEN json_extract(rest, '$.costUsd') END) AS cost_usd,
      max(CASE type WHEN 'call-ended' THEN ${inputTokens} + ${outputTokens} END) AS tokens
    FROM events WHERE type IN ('call-begun', 'call-ended') ${where}
    GROUP BY run, position
  )
  SELECT
    coalesce(sum(CASE WHEN NOT ended THEN reserved_usd WHEN is_used THEN coalesce(cost_usd, reserved_usd) END), 0) AS usd,
    coalesce(sum(CASE WHEN NOT ended THEN reserved_tokens WHEN is_used THEN coalesce(tokens, reserved_tokens) END), 0)
      AS tokens
  FROM calls WHERE begun_at IS NOT NULL`;
