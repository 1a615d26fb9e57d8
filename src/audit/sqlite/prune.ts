import type { Database } from 'better-sqlite3';
import { rowGaps } from './announced-gaps.ts';
import type { AuditFile } from './audit-log.ts';
import { heldRuns } from './held-runs.ts';
import { KeptTexts } from './kept-texts.ts';
import { isSqliteError, unwritable } from './log-errors.ts';
import {
  type PrunableRun,
  type PruneChoice,
  type PrunePlan,
  planPrune,
  type RunFacts,
} from './prunable-runs.ts';
import { settlePrunedAccounts } from './pruned-accounts.ts';
import { requireVerified } from './require-verified.ts';
import { verifyLog } from './verify-log.ts';
import { bytesOf, wipe } from './wipe-file.ts';

export interface PruneOptions extends PruneChoice {
  readonly by: string;
  readonly why: string;
  readonly dryRun?: boolean;
  readonly nowMs?: number;
}

export interface Pruned extends PrunePlan {
  /** Texts that no run names any more. Absent: runs are under way, and the next prune takes them. */
  readonly texts?: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Why the file did not get smaller, in words. */
  readonly remains?: string;
}

/**
 * Removes whole runs, and the texts that nobody else names, and writes down which: what is gone without being written
 * down was tampered with. Throws LOG_CORRUPT when the log does not verify, LOG_UNWRITABLE.
 */
export function pruneRuns(log: AuditFile, options: PruneOptions): Pruned {
  const verified = verifyLog(log);
  requireVerified(log, verified);
  const inDoubt = new Set(verified.runs.filter((run) => run.inDoubt.length > 0).map(({ runId }) => runId));
  const facts = (): RunFacts => ({ held: new Set(heldRuns(log)), inDoubt });
  const plan = planPrune(log, options, facts());
  const bytesBefore = bytesOf(log);
  if (options.dryRun || plan.prune.length === 0) return { ...plan, bytesBefore, bytesAfter: bytesBefore };
  const done = remove(log, { plan, facts, options });
  const freed = done.texts === undefined ? { remains: 'runs are under way' } : wipe(log);
  const { remains } = { remains: undefined, ...freed };
  return { ...done, bytesBefore, bytesAfter: bytesOf(log), ...(remains !== undefined && { remains }) };
}

interface Removal {
  readonly plan: PrunePlan;
  readonly facts: () => RunFacts;
  readonly options: PruneOptions;
}

/** What is kept is looked through before the write lock is taken: other processes wait for it only as long as they must. */
function remove(log: AuditFile, removal: Removal): PrunePlan & { readonly texts?: number } {
  const { database } = log;
  // Each blob that goes would be looked for in all events otherwise; what is still named is known by then.
  database.pragma('foreign_keys = OFF');
  const kept = new KeptTexts(database);
  database.exec('CREATE TEMP TABLE going_runs (run INTEGER PRIMARY KEY)');
  try {
    list(database, 'going_runs', removal.plan.prune);
    const lastEvent = newest(database, 'events');
    const lastText = newest(database, 'blobs');
    kept.add(`run NOT IN (SELECT run FROM going_runs) AND events.id <= ${lastEvent}`);
    const write = database.transaction(() => {
      const plan = stillPrunable(log, removal);
      list(database, 'removing_runs', plan.prune);
      kept.add(`run NOT IN (SELECT run FROM removing_runs)
        AND (events.id > ${lastEvent} OR run IN (SELECT run FROM going_runs))`);
      removeRuns(database, plan.prune, removal.options);
      const texts = removal.facts().held.size === 0 ? removeTexts(database, lastText) : undefined;
      announceGaps(database, removal.options.nowMs ?? Date.now());
      return { ...plan, ...(texts !== undefined && { texts }) };
    });
    return write.immediate();
  } catch (error) {
    throw isSqliteError(error) ? unwritable(log.file, error) : error;
  } finally {
    kept.close();
    database.exec('DROP TABLE going_runs');
    database.pragma('foreign_keys = ON');
  }
}

/** Under the write lock: what somebody took up meanwhile stays. */
function stillPrunable(log: AuditFile, { plan, facts, options }: Removal): PrunePlan {
  const now = planPrune(log, options, facts());
  const before = new Set(plan.prune.map(({ runId }) => runId));
  return { ...now, prune: now.prune.filter(({ runId }) => before.has(runId)) };
}

function list(database: Database, table: 'going_runs' | 'removing_runs', runs: readonly PrunableRun[]): void {
  const insert = database.prepare(`INSERT INTO ${table} (run) VALUES (?)`);
  for (const { run } of runs) insert.run(run);
}

function newest(database: Database, table: 'events' | 'blobs'): number {
  return database.prepare<[], number>(`SELECT coalesce(max(id), 0) FROM ${table}`).pluck().get() ?? 0;
}

function removeRuns(database: Database, runs: readonly PrunableRun[], options: PruneOptions): void {
  const { by, why, nowMs = Date.now() } = options;
  const note = database.prepare(`
    INSERT INTO pruned_runs (run_id, workflow_id, status, started_at, last_at, events, root, at, by, why)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  for (const { runId, workflowId, status, startedAtMs, lastAtMs, events, root } of runs) {
    note.run(
      runId,
      workflowId,
      status,
      startedAtMs,
      lastAtMs,
      events,
      Buffer.from(root, 'hex'),
      nowMs,
      by,
      why,
    );
  }
  settlePrunedAccounts(database, runs);
  for (const table of ['events', 'run_ends', 'leases', 'imported_runs', 'run_keys'])
    database.exec(`DELETE FROM ${table} WHERE run IN (SELECT run FROM removing_runs)`);
  database.exec('DELETE FROM removing_runs');
}

/** Also what a crash left without a name. */
function removeTexts(database: Database, lastText: number): number {
  database
    .prepare(
      'INSERT INTO removing_texts SELECT id FROM blobs WHERE id <= ? AND id NOT IN (SELECT blob FROM kept_texts)',
    )
    .run(lastText);
  database.exec('UPDATE redactions SET blob = NULL WHERE blob IN (SELECT blob FROM removing_texts)');
  const { changes } = database
    .prepare('DELETE FROM blobs WHERE id IN (SELECT blob FROM removing_texts)')
    .run();
  database.exec('DELETE FROM removing_texts');
  return changes;
}

function announceGaps(database: Database, nowMs: number): void {
  const { events, texts, runs } = rowGaps(database);
  database
    .prepare('INSERT INTO announced_gaps (events, texts, runs, at) VALUES (?, ?, ?, ?)')
    .run(events, texts, runs, nowMs);
}
