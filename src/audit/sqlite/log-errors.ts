import { DefinitionError, LogError, messageOf } from '../../errors/index.ts';

/** What to do about a failed write, by SQLite's code (its beginning decides). */
const writeHints: readonly (readonly [code: string, hint: string])[] = [
  ['SQLITE_FULL', 'free space on its disk, or name another file with --db or AIWORKFLOW_DB.'],
  ['SQLITE_BUSY', 'end the process that holds the log locked, or name another file with --db.'],
  ['SQLITE_CONSTRAINT', 'let one process at a time write a run: another one wrote events of the same run.'],
  ['SQLITE_READONLY', 'make the file and its folder writable, or name another file with --db.'],
  ['SQLITE_CORRUPT', 'run `aiworkflow verify` to see what is damaged, and go on in a new file with --db.'],
];

export function unwritable(file: string, cause: unknown): LogError {
  return new LogError({
    code: 'LOG_UNWRITABLE',
    message: `The audit log ${file} cannot be written: ${messageOf(cause)}.`,
    hint: hintFor(cause),
    details: { file, ...(sqliteCode(cause) !== undefined && { sqlite: sqliteCode(cause) }) },
    cause,
  });
}

export function unreadable(file: string, cause: unknown): LogError {
  return new LogError({
    code: 'LOG_CORRUPT',
    message: `The audit log ${file} cannot be read: ${messageOf(cause)}.`,
    hint: 'restore it from a copy, or go on in a new file with --db; what can be read of it: sqlite3 <file> .recover',
    details: { file },
    cause,
  });
}

export function closedForWriting(file: string, why: string): LogError {
  return new LogError({
    code: 'LOG_UNWRITABLE',
    message: `The audit log ${file} takes no events: ${why}.`,
    hint: 'open it for writing first.',
    details: { file },
  });
}

export function unopenable(file: string, why: { message: string; hint: string; cause?: unknown }): LogError {
  return new LogError({
    code: 'LOG_UNOPENABLE',
    message: `The audit log ${file} cannot be opened: ${why.message}.`,
    hint: why.hint,
    details: { file },
    cause: why.cause,
  });
}

/** An event that cannot be the next one of its run. The chain of a run that takes it would tell a false story. */
export function outOfOrder(runId: string, what: string): LogError {
  return new LogError({
    code: 'UNEXPECTED',
    message: `Run ${runId}: ${what}.`,
    hint: 'this is a defect of the program that wrote the event; the log is unharmed.',
    details: { runId },
  });
}

/** `pid` and `since` (milliseconds since 1970) are what the holder wrote down: for the person, nothing is decided by them. */
export function runHeld(
  runId: string,
  { pid, since }: { readonly pid: number | null; readonly since?: number | null },
): LogError {
  const by = pid === process.pid ? 'This process' : `Process ${pid ?? '(unknown)'}`;
  const from = typeof since === 'number' ? ` since ${new Date(since).toISOString()}` : '';
  return new LogError({
    code: 'RUN_HELD',
    message: `${by} works on run ${runId}${from}.`,
    hint: 'wait until it is done, or end that process.',
    details: { runId, pid, since: since ?? null },
  });
}

export function runUnknown(runId: string): DefinitionError {
  return new DefinitionError({
    code: 'RUN_UNKNOWN',
    message: `No run "${runId}".`,
    hint: '`aiworkflow runs` lists them.',
    details: { asked: runId },
  });
}

export function isSqliteError(error: unknown): boolean {
  return sqliteCode(error)?.startsWith('SQLITE_') ?? false;
}

/** `SQLITE_FULL`, or the code of a system error. */
export function sqliteCode(cause: unknown): string | undefined {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function hintFor(cause: unknown): string {
  const code = sqliteCode(cause) ?? '';
  const known = writeHints.find(([start]) => code.startsWith(start));
  return (
    known?.[1] ?? 'see that the disk is well and the file is in its place, or name another file with --db.'
  );
}
