import type { RunOrigin } from '../../domain/events.ts';
import type { RunStatus } from '../../domain/result.ts';
import type { CostUsd } from '../../domain/usage.ts';
import type { AuditFile } from './audit-log.ts';

/** A row of the view `runs`. Times are milliseconds since 1970, UTC. */
export interface RunRow {
  readonly runId: string;
  readonly workflowId: string;
  /** `running` is a run without an end: it goes on while it is `held`, otherwise it has died. */
  readonly status: RunStatus;
  /** A living process works on it. */
  readonly held: boolean;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly durationMs: number | null;
  readonly parentRunId: string | null;
  /** What it took from its parent. */
  readonly origin: RunOrigin['kind'] | null;
  /** How often it was resumed. */
  readonly resumes: number;
  readonly model: string | null;
  readonly program: string;
  readonly costUsd: CostUsd;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly calls: number;
  /** Calls that were begun and not ended, and that nobody has decided about. */
  readonly inDoubt: number;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
}

export interface ListRunsOptions {
  /** Default 20. */
  readonly limit?: number;
  readonly workflowId?: string;
  /** `died`: without an end, and no process works on it. `running` is then only those that one works on. */
  readonly status?: RunStatus | 'died';
  /** Only runs that one can go on with, if they have not ended well: no replays, no swaps. */
  readonly resumable?: boolean;
}

// The ids are chosen first: tokens and costs are then summed for the runs that are shown, not for all.
const select = `
  SELECT run_id AS runId, workflow_id AS workflowId, status, started_at_ms AS startedAtMs,
    ended_at_ms AS endedAtMs, duration_ms AS durationMs, parent_run_id AS parentRunId, origin, resumes, model, program,
    cost_usd AS costUsd, input_tokens AS inputTokens, output_tokens AS outputTokens, calls,
    in_doubt AS inDoubt, error_code AS errorCode, error_message AS errorMessage
  FROM runs WHERE run_id IN (
    SELECT k.run_id FROM run_keys k
    JOIN events s ON s.run = k.run AND s.seq = 1
    LEFT JOIN run_ends x ON x.run = k.run
    LEFT JOIN events e ON e.run = x.run AND e.seq = x.ended
    WHERE (@workflowId IS NULL OR json_extract(s.rest, '$.workflowId') = @workflowId)
      AND (@status IS NULL OR coalesce(e.status, 'running') = @status)
      AND (@resumable = 0 OR coalesce(json_extract(s.rest, '$.origin.kind'), 'fork') = 'fork')
    ORDER BY k.run DESC LIMIT @limit
  ) ORDER BY started_at_ms DESC, run_id DESC`;

/** Newest first. */
export function listRuns(log: AuditFile, options: ListRunsOptions = {}): RunRow[] {
  const { limit = 20, workflowId = null, status = null, resumable = false } = options;
  // Whether somebody works on a run is not in the tables: all that have no end are looked at.
  const unended = status === 'running' || status === 'died';
  const query = { limit: unended ? -1 : limit, workflowId, status: unended ? 'running' : status };
  const rows = log.database
    .prepare<[object], Omit<RunRow, 'held'>>(select)
    .all({ ...query, resumable: Number(resumable) })
    .map((row) => ({ ...row, held: log.isHeld(row.runId) }));
  return unended ? rows.filter(({ held }) => held === (status === 'running')).slice(0, limit) : rows;
}
