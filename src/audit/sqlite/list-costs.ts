import type { Account } from '../../domain/account.ts';
import type { Spend } from '../../domain/spend.ts';
import type { AuditFile } from './audit-log.ts';
import { sumSpend } from './sum-spend.ts';

/** What the model calls of one run, step, model and day took. */
export interface CostRow {
  readonly runId: string;
  readonly workflowId: string;
  readonly step: string;
  readonly model: string;
  /** `2026-11-21`, UTC: of the call's beginning. */
  readonly day: string;
  /** Calls that a model was asked for, and their tokens. */
  readonly calls: number;
  /** Calls that were answered from a recording or by a person: they took nothing. */
  readonly replayedCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the calls whose cost is known. A call without an end counts as what was reserved for it. */
  readonly knownUsd: number;
  /** Calls whose cost nobody knows: they are in no sum. */
  readonly unknownCalls: number;
  /** Calls that were begun and have no end, and the part of `knownUsd` that was reserved for them. */
  readonly inDoubtCalls: number;
  readonly inDoubtUsd: number;
}

export interface CostQuery {
  readonly workflowId?: string;
  /** Calls that began at this time or later, milliseconds since 1970. */
  readonly sinceMs?: number;
}

const select = `
  SELECT c.run_id AS runId, r.workflow_id AS workflowId, c.step, c.model, substr(c.started_at, 1, 10) AS day,
    count(*) FILTER (WHERE coalesce(c.source, 'live') = 'live') AS calls,
    count(*) FILTER (WHERE coalesce(c.source, 'live') <> 'live') AS replayedCalls,
    coalesce(sum(c.input_tokens) FILTER (WHERE c.source = 'live'), 0) AS inputTokens,
    coalesce(sum(c.output_tokens) FILTER (WHERE c.source = 'live'), 0) AS outputTokens,
    coalesce(sum(c.cost_usd), 0) AS knownUsd,
    count(*) - count(c.cost_usd) AS unknownCalls,
    count(CASE WHEN c.status = 'in-doubt' THEN 1 END) AS inDoubtCalls,
    coalesce(sum(CASE WHEN c.status = 'in-doubt' THEN c.cost_usd END), 0) AS inDoubtUsd
  FROM model_calls c
  JOIN (SELECT k.run_id, json_extract(s.rest, '$.workflowId') AS workflow_id
    FROM run_keys k JOIN events s ON s.run = k.run AND s.seq = 1) r ON r.run_id = c.run_id
  WHERE (@workflowId IS NULL OR r.workflow_id = @workflowId) AND (@sinceMs IS NULL OR c.started_at_ms >= @sinceMs)
  GROUP BY c.run_id, c.step, c.model, day`;

/** The view `costs` without what was replayed, with the known part of what is partly unknown. */
export function listCosts(log: AuditFile, { workflowId, sinceMs }: CostQuery = {}): CostRow[] {
  const query = { workflowId: workflowId ?? null, sinceMs: sinceMs ?? null };
  return log.database.prepare<[object], CostRow>(select).all(query);
}

/** What is used and reserved in a budget: as it is booked, or as a first call would find it. */
export function usedOf(log: AuditFile, { key, counts }: Account): Spend {
  const booked = log.database
    .prepare<[string], Spend>('SELECT used_usd AS usd, used_tokens AS tokens FROM accounts WHERE key = ?')
    .get(key);
  return booked ?? sumSpend(log.database, counts);
}
