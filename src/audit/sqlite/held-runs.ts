import { LogError } from '../../errors/index.ts';
import type { AuditFile } from './audit-log.ts';

/** The runs that a living process works on. */
export function heldRuns(log: AuditFile): string[] {
  return log.database
    .prepare<[], string>('SELECT k.run_id FROM leases l JOIN run_keys k ON k.run = l.run ORDER BY l.run')
    .pluck()
    .all()
    .filter((runId) => log.isHeld(runId));
}

/** A process that works keeps texts in mind that are about to go, and cannot wait while the file is written anew. */
export function requireNoneHeld(log: AuditFile, what: string): void {
  const held = heldRuns(log);
  const [first] = held;
  if (first === undefined) return;
  throw new LogError({
    code: 'RUN_HELD',
    message: `${held.length === 1 ? `Run ${first} is` : `${held.length} runs (${first}, …) are`} under way in this log.`,
    hint: `${what} when nothing runs: wait, or end that process.`,
    details: { runs: held },
  });
}
