import type { Account } from '../../domain/account.ts';
import type { Spend } from '../../domain/spend.ts';
import type { AuditFile } from './audit-log.ts';
import { type CostFigures, costColumns } from './cost-figures.ts';
import { sumSpend } from './sum-spend.ts';

/** What the model calls of one run, step, model and day took. */
export interface CostRow extends CostFigures {
  readonly runId: string;
  readonly workflowId: string;
  readonly step: string;
  readonly model: string;
  /** `2026-11-21`, UTC: of the call's beginning. */
  readonly day: string;
}

export interface CostQuery {
  readonly workflowId?: string;
  /** Calls that began at this time or later, milliseconds since 1970. */
  readonly sinceMs?: number;
}

const select = `
  SELECT c.run_id AS runId, r.workflow_id AS workflowId, c.step, c.model, substr(c.started_at, 1, 10) AS day,
    ${costColumns}
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
