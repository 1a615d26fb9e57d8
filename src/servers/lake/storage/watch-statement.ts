import type { DuckDBConnection } from '@duckdb/node-api';
import { megabytesOf } from '../compute/compute-limits.ts';
import { LakeFailure } from '../lake-failure.ts';

export interface StatementLimits {
  /** After this a statement is interrupted. Infinity: never, for the lake's own long work. */
  readonly timeoutMs: number;
  /** How long it may go on after that. Infinity: for ever. */
  readonly hardStopMs: number;
  /** Resident bytes of the whole process at which a statement is interrupted. */
  readonly mostResidentBytes: number;
  /** Files of one table that a statement reads at most. */
  readonly mostFiles: number;
  /** Ends the process. A commit is whole or not there, so that nothing is lost but this one answer. */
  readonly endProcess: (reason: string) => void;
  /** Aborted when the lake closes: what runs is interrupted, and nothing more is begun. */
  readonly closing?: AbortSignal | undefined;
}

const residentPollMs = 200;

/**
 * Runs one statement and ends it in time. DuckDB hears an interrupt between two pieces of work; one function over one huge value
 * is deaf to it, and what it makes of literals while planning is outside of its memory limit. Then the process ends itself.
 * @throws LakeFailure when the statement was interrupted, otherwise what the work throws.
 */
export async function watchStatement<T>(
  { connection, limits }: { connection: DuckDBConnection; limits: StatementLimits },
  work: () => Promise<T>,
): Promise<T> {
  requireOpen(limits);
  let stopped: LakeFailure | undefined;
  let end: NodeJS.Timeout | undefined;
  const stop = (failure: LakeFailure) => {
    if (stopped) return;
    stopped = failure;
    connection.interrupt();
    if (Number.isFinite(limits.hardStopMs))
      end = setTimeout(() => limits.endProcess(failure.problem), limits.hardStopMs);
  };
  let closed: LakeFailure | undefined;
  const close = () => {
    closed = lakeCloses();
    connection.interrupt();
  };
  limits.closing?.addEventListener('abort', close);
  const isTimed = Number.isFinite(limits.timeoutMs);
  const timer = isTimed ? setTimeout(() => stop(tooSlow(limits.timeoutMs)), limits.timeoutMs) : undefined;
  const poll = isTimed ? setInterval(() => stopWhenLarge(limits, stop), residentPollMs) : undefined;
  try {
    return await work();
  } catch (error) {
    throw closed ?? stopped ?? error;
  } finally {
    for (const each of [timer, end]) clearTimeout(each);
    clearInterval(poll);
    limits.closing?.removeEventListener('abort', close);
  }
}

/** @throws LakeFailure when the lake closes. */
export function requireOpen({ closing }: Pick<StatementLimits, 'closing'>): void {
  if (closing?.aborted) throw lakeCloses();
}

function lakeCloses(): LakeFailure {
  return new LakeFailure(
    'The lake is being closed; the call was not finished.',
    'call again when the lake is open: a load is there whole, or not at all.',
  );
}

function stopWhenLarge({ mostResidentBytes }: StatementLimits, stop: (failure: LakeFailure) => void): void {
  const resident = process.memoryUsage.rss();
  if (resident <= mostResidentBytes) return;
  stop(
    new LakeFailure(
      `The statement was interrupted: the lake's process took ${Math.round(resident / 2 ** 20)} MiB of memory.`,
      'make its values smaller, work on fewer rows at a time, or start the lake with a larger --memory.',
    ),
  );
}

function tooSlow(timeoutMs: number): LakeFailure {
  return new LakeFailure(
    `The statement was interrupted after ${timeoutMs} ms.`,
    'make it smaller (filter, join on keys), or start the lake with a larger --statement-timeout-ms.',
  );
}

/** What a lake's settings say, with standards for what they leave out. */
export function statementLimits(settings: LimitSettings): StatementLimits {
  const memoryMib = Math.max(...[settings.memory, settings.maxMemory ?? settings.memory].map(megabytesOf));
  return {
    timeoutMs: settings.statementTimeoutMs,
    hardStopMs: settings.hardStopMs ?? 10_000,
    // DuckDB's own memory, as much again for what it does not count, and what Node.js needs.
    mostResidentBytes: (2 * memoryMib + 1024) * 2 ** 20,
    mostFiles: settings.maxFiles ?? 20_000,
    endProcess: endThisProcess,
  };
}

export interface LimitSettings {
  readonly memory: string;
  readonly maxMemory?: string | undefined;
  readonly statementTimeoutMs: number;
  readonly hardStopMs?: number | undefined;
  readonly maxFiles?: number | undefined;
}

/** For the lake's own work, which is as long as the file that is loaded. */
export function withoutEnd(limits: StatementLimits): StatementLimits {
  return { ...limits, timeoutMs: Number.POSITIVE_INFINITY, mostFiles: Number.POSITIVE_INFINITY };
}

/** At once: an orderly end would wait for the statement that does not end. */
function endThisProcess(reason: string): void {
  process.stderr.write(
    `aiworkflow lake: ${reason} It did not stop, so the process ends. Tables are as they were.\n`,
  );
  process.kill(process.pid, 'SIGKILL');
}
