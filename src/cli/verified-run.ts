import { type AuditFile, findRun, verifyRun } from '../audit/sqlite/index.ts';
import { LogError } from '../errors/index.ts';
import type { Cli } from './cli.ts';
import type { LogOptions } from './common-options.ts';
import { withLog } from './open-log.ts';

/**
 * The id of the run that is meant, after its chain and its texts were checked: nothing is built on a past that somebody
 * has changed. Throws RUN_UNKNOWN, and LOG_CORRUPT with the first event that does not fit.
 */
export function verifiedRun(cli: Cli, options: LogOptions, run: string): Promise<string> {
  return withLog(cli, options, (log) => {
    const runId = findRun(log, run);
    requireSound(log, runId);
    return runId;
  });
}

/** Also what a fork takes from: its parent, when that is in the log, and so on. Throws LOG_CORRUPT. */
export function requireSound(log: AuditFile, runId: string): void {
  requireVerified(log, runId);
  const [started] = log.events(runId);
  const parentId = started?.type === 'run-started' && started.origin?.kind === 'fork' && started.parentRunId;
  if (parentId && !isEmpty(log.events(parentId))) requireSound(log, parentId);
}

function isEmpty(events: Iterable<unknown>): boolean {
  const [first] = events;
  return first === undefined;
}

function requireVerified(log: AuditFile, runId: string): void {
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
