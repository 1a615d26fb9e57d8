import type { Hash } from '../../domain/hash.ts';
import type { AuditFile } from './audit-log.ts';

const select = `
  SELECT DISTINCT request_hash FROM tool_calls
  WHERE status = 'ok' AND source = 'live' AND tool IN (SELECT value FROM json_each(?))
    AND run_id NOT IN (SELECT k.run_id FROM run_keys k JOIN imported_runs i ON i.run = k.run)`;

/** What was asked of the tools in calls that were made here and ended well: no replay's, no imported run's. */
export function madeRequests(log: AuditFile, tools: readonly string[]): readonly Hash[] {
  return log.database.prepare<[string], Hash>(select).pluck().all(JSON.stringify(tools));
}
