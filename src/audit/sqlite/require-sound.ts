import { LogError } from '../../errors/index.ts';
import type { AuditFile } from './audit-log.ts';
import { verifyRun } from './verify-log.ts';

/**
 * Nothing is built on a past that somebody has changed: the run's chain and its texts are checked, and those of what a
 * fork takes from (its parent, when that is in the log, and so on).
 * Throws LOG_CORRUPT with the first event that does not fit.
 */
export function requireSound(log: AuditFile, runId: string): void {
  requireSoundRun(log, runId);
  const [started] = log.events(runId);
  const parentId = started?.type === 'run-started' && started.origin?.kind === 'fork' && started.parentRunId;
  if (parentId && !isEmpty(log.events(parentId))) requireSound(log, parentId);
}

function isEmpty(events: Iterable<unknown>): boolean {
  const [first] = events;
  return first === undefined;
}

function requireSoundRun(log: AuditFile, runId: string): void {
  // An unknown run has another error, of whoever reads it.
  if (isEmpty(log.events(runId))) return;
  const { runs, problems } = verifyRun(log, runId);
  const [first] = [...problems, ...runs.flatMap((one) => one.problems)];
  if (!first) return;
  const place = [first.seq === undefined ? '' : `event ${first.seq}`, first.position ?? '']
    .filter(Boolean)
    .join(', ');
  throw new LogError({
    code: 'LOG_CORRUPT',
    message: `Run ${runId} does not verify, so nothing is built on it: ${place === '' ? '' : `${place}: `}${first.what}.`,
    hint: `\`aiworkflow verify ${runId}\` lists everything that does not fit.`,
    details: { runId, ...(first.seq !== undefined && { event: first.seq }) },
  });
}
