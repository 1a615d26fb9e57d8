import type { AuditFile } from './audit-log.ts';

/** Where a run came from that was not made here. `at` is milliseconds since 1970. */
export interface RunImport {
  readonly file: string;
  /** What the file said of itself: where its answers came from. */
  readonly origin: string | null;
  readonly at: number;
}

export function importOf(log: AuditFile, runId: string): RunImport | undefined {
  return log.database
    .prepare<[string], RunImport>(
      'SELECT i.file, i.origin, i.at FROM run_keys k JOIN imported_runs i ON i.run = k.run WHERE k.run_id = ?',
    )
    .get(runId);
}
