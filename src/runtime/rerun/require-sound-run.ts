import type { AuditFile } from '../../audit/sqlite/index.ts';
import type { AuditLog } from '../../ports/audit-log.ts';

/** Checks a run's hashes before anything is built on it. A log in memory has nobody who could have changed it. */
export async function requireSoundRun(log: AuditLog, runId: string): Promise<void> {
  if (!isFile(log)) return;
  const { requireSound } = await import('../../audit/sqlite/index.ts');
  requireSound(log, runId);
}

const isFile = (log: AuditLog): log is AuditFile => 'database' in log;
