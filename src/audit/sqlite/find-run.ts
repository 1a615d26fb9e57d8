import { DefinitionError, nearest } from '../../errors/index.ts';
import type { AuditFile } from './audit-log.ts';

/** How many ids an ambiguous beginning is answered with. */
const shownAtMost = 5;

/**
 * The id of the one run that is meant: a whole id, a beginning that only one run has, or `last` for the newest.
 * Throws DefinitionError RUN_UNKNOWN, with the runs that could be meant.
 */
export function findRun(log: AuditFile, text: string): string {
  const found = text === 'last' ? newest(log, 1) : beginningWith(log, text);
  const [only, ...others] = found;
  if (only !== undefined && (others.length === 0 || only === text)) return only;
  if (only !== undefined) throw ambiguous(text, found);
  throw pruned(log, text) ?? unknown(log, text);
}

interface PrunedRow {
  readonly runId: string;
  readonly events: number;
  readonly root: Buffer;
  readonly at: number;
  readonly by: string;
  readonly why: string;
}

/** A run that is gone on purpose is no misspelling. */
function pruned(log: AuditFile, text: string): DefinitionError | undefined {
  const row = log.database
    .prepare<[string, string], PrunedRow>(`
      SELECT run_id AS runId, events, root, at, by, why FROM pruned_runs
      WHERE run_id >= ? AND run_id < ? || char(1114111) ORDER BY id DESC LIMIT 1`)
    .get(text, text);
  if (!row) return undefined;
  const root = row.root.toString('hex');
  return new DefinitionError({
    code: 'RUN_UNKNOWN',
    message: `Run ${row.runId} was pruned on ${new Date(row.at).toISOString().slice(0, 10)} by ${row.by} (${row.why}). It had ${row.events} events and the root ${root}.`,
    hint: 'when an export of it was kept: aiworkflow import <file>; the root tells whether it is the same run.',
    details: { asked: text, runId: row.runId, prunedAt: row.at, events: row.events, root },
  });
}

/** In the order of the ids: one that is equal to `start` comes first. */
function beginningWith(log: AuditFile, start: string): string[] {
  return log.database
    .prepare<[string, string, number], string>(
      'SELECT run_id FROM run_keys WHERE run_id >= ? AND run_id < ? || char(1114111) ORDER BY run_id LIMIT ?',
    )
    .pluck()
    .all(start, start, shownAtMost + 1);
}

function newest(log: AuditFile, limit: number): string[] {
  return log.database
    .prepare<[number], string>('SELECT run_id FROM run_keys ORDER BY run DESC LIMIT ?')
    .pluck()
    .all(limit);
}

function ambiguous(start: string, found: readonly string[]): DefinitionError {
  const more = found.length > shownAtMost ? ' and more' : '';
  const shown = found.slice(0, shownAtMost);
  return new DefinitionError({
    code: 'RUN_UNKNOWN',
    message: `"${start}" is the beginning of more than one run.`,
    hint: `type more of the id: ${shown.join(', ')}${more}.`,
    details: { asked: start, runs: shown },
  });
}

function unknown(log: AuditFile, text: string): DefinitionError {
  const recent = newest(log, 1_000);
  const runs = similar(text, recent);
  const meant = runs.length > 0 ? `did you mean ${runs.join(' or ')}? ` : '';
  return new DefinitionError({
    code: 'RUN_UNKNOWN',
    message: recent.length === 0 ? `The audit log ${log.file} holds no run.` : `No run "${text}".`,
    hint:
      recent.length === 0
        ? 'run a workflow first, or name another log with --db.'
        : `${meant}\`aiworkflow runs\` lists them.`,
    details: { asked: text, runs },
  });
}

/** What was typed is a beginning, so it is compared with beginnings. Of several runs with the same one, the newest. */
function similar(text: string, runIds: readonly string[]): string[] {
  const byBeginning = new Map(runIds.toReversed().map((runId) => [runId.slice(0, text.length), runId]));
  return nearest(text, byBeginning.keys()).map((beginning) => byBeginning.get(beginning) ?? beginning);
}
