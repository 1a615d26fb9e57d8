import { LogError } from '../../errors/index.ts';
import type { AuditFile } from './audit-log.ts';
import type { LogVerification } from './verification.ts';
import { verifyRun } from './verify-log.ts';

/** Taking something out of a log that does not verify would destroy the traces of what was done to it. */
export function requireVerifiedRuns(log: AuditFile, runIds: readonly string[]): void {
  for (const runId of runIds) requireVerified(log, verifyRun(log, runId));
}

export function requireVerified(log: AuditFile, { ok, problems, runs }: LogVerification): void {
  if (ok) return;
  const broken = runs.find((run) => run.problems.length > 0);
  const [first] = [...(broken?.problems ?? []), ...problems];
  throw new LogError({
    code: 'LOG_CORRUPT',
    message: `${log.file} does not verify (${broken ? `run ${broken.runId}: ` : ''}${first?.what ?? 'see verify'}): nothing was taken out of it.`,
    hint: 'run `aiworkflow verify` to see all that is wrong, and keep the file as it is for whoever looks into it.',
    details: { file: log.file, ...(broken && { runId: broken.runId }) },
  });
}
