import type { Hash } from '../../domain/hash.ts';
import type { RunStatus } from '../../domain/result.ts';
import type { AuditFile } from './audit-log.ts';

/** `died`: the run has no end, and nobody works on it. */
export type PruneStatus = Exclude<RunStatus, 'running'> | 'died';
/** `in-doubt`: a call was begun, and nobody knows whether it happened. */
export type Undecided = 'waiting' | 'in-doubt';

export interface PruneChoice {
  /** Runs whose last event is older; an imported run counts from its import. */
  readonly olderThanMs: number;
  readonly keep?: readonly PruneStatus[];
  /** So many of the newest runs of each workflow stay. */
  readonly keepLast?: number;
  /** Runs that wait for a person stay, but for these. */
  readonly even?: readonly Undecided[];
}

export interface PrunableRun {
  readonly run: number;
  readonly runId: string;
  readonly workflowId: string;
  readonly status: PruneStatus;
  readonly startedAtMs: number;
  readonly lastAtMs: number;
  readonly events: number;
  readonly root: Hash;
  readonly parentRunId: string | null;
}

export type KeptBecause =
  | 'young'
  | 'under way'
  | 'parent of a run under way'
  | 'parent of an unfinished run'
  | Undecided
  | 'status'
  | 'newest';

export interface PrunePlan {
  readonly prune: readonly PrunableRun[];
  /** How many runs stay, by the first reason that holds. */
  readonly kept: Readonly<Partial<Record<KeptBecause, number>>>;
  /** Runs that stay and whose parent goes: they have ended well, and hold copies of all that they took from it. */
  readonly withoutParent: number;
}

/** What else is known of the runs. */
export interface RunFacts {
  readonly held: ReadonlySet<string>;
  readonly inDoubt: ReadonlySet<string>;
}

export function planPrune(log: AuditFile, choice: PruneChoice, facts: RunFacts): PrunePlan {
  const runs = runsOf(log);
  const why = keepingParents(runs, reasons(runs, choice, facts));
  const kept: Partial<Record<KeptBecause, number>> = {};
  const prune: PrunableRun[] = [];
  for (const run of runs) {
    const reason = why(run);
    if (reason === undefined) prune.push(run);
    else kept[reason] = (kept[reason] ?? 0) + 1;
  }
  const gone = new Set(prune.map(({ runId }) => runId));
  const withoutParent = runs.filter(
    ({ runId, parentRunId }) => !gone.has(runId) && parentRunId !== null && gone.has(parentRunId),
  ).length;
  return { prune, kept, withoutParent };
}

function reasons(
  runs: readonly PrunableRun[],
  { olderThanMs, keep = [], keepLast = 0, even = [] }: PruneChoice,
  { held, inDoubt }: RunFacts,
): (run: PrunableRun) => KeptBecause | undefined {
  const parents = new Set(runs.filter(({ runId }) => held.has(runId)).map((run) => run.parentRunId));
  const newest = newestRuns(runs, keepLast);
  // In the order of their weight: a run that stays for two reasons is counted under the first.
  const tests: readonly (readonly [KeptBecause, (run: PrunableRun) => boolean])[] = [
    ['under way', ({ runId }) => held.has(runId)],
    // A replay that is going on reads from it.
    ['parent of a run under way', ({ runId }) => parents.has(runId)],
    ['young', ({ lastAtMs }) => lastAtMs >= olderThanMs],
    ['waiting', ({ status }) => status === 'waiting' && !even.includes('waiting')],
    ['in-doubt', ({ runId }) => inDoubt.has(runId) && !even.includes('in-doubt')],
    ['status', ({ status }) => keep.includes(status)],
    ['newest', ({ runId }) => newest.has(runId)],
  ];
  return (run) => tests.find(([, holds]) => holds(run))?.[0];
}

/**
 * A replay or fork that stopped early has not copied all that it would take from its parent: whoever resumes it needs
 * the parent, and the parent's own parent when that stopped early too.
 */
function keepingParents(
  runs: readonly PrunableRun[],
  why: (run: PrunableRun) => KeptBecause | undefined,
): (run: PrunableRun) => KeptBecause | undefined {
  const needed = new Set<string | null>();
  // A child is younger than its parent: from the end, each run is met after all that need it.
  for (const run of runs.toSorted((a, b) => b.run - a.run))
    if (run.status !== 'ok' && (why(run) !== undefined || needed.has(run.runId))) needed.add(run.parentRunId);
  return (run) => why(run) ?? (needed.has(run.runId) ? 'parent of an unfinished run' : undefined);
}

function newestRuns(runs: readonly PrunableRun[], keepLast: number): ReadonlySet<string> {
  const counts = new Map<string, number>();
  const newest = new Set<string>();
  for (const { runId, workflowId } of runs.toSorted(
    (a, b) => b.startedAtMs - a.startedAtMs || b.run - a.run,
  )) {
    const count = (counts.get(workflowId) ?? 0) + 1;
    counts.set(workflowId, count);
    if (count <= keepLast) newest.add(runId);
  }
  return newest;
}

type RunRow = Omit<PrunableRun, 'root' | 'status'> & {
  readonly root: Buffer;
  readonly status: PruneStatus | null;
};

function runsOf(log: AuditFile): PrunableRun[] {
  return log.database
    .prepare<[], RunRow>(`
      SELECT k.run, k.run_id AS runId, json_extract(s.rest, '$.workflowId') AS workflowId, e.status,
        s.at AS startedAtMs, max(l.at, coalesce(i.at, l.at)) AS lastAtMs, l.seq AS events, l.chain AS root,
        json_extract(s.rest, '$.parentRunId') AS parentRunId
      FROM run_keys k
      JOIN events s ON s.run = k.run AND s.seq = 1
      JOIN events l ON l.run = k.run AND l.seq = (SELECT max(seq) FROM events WHERE run = k.run)
      LEFT JOIN run_ends x ON x.run = k.run
      LEFT JOIN events e ON e.run = x.run AND e.seq = x.ended
      LEFT JOIN imported_runs i ON i.run = k.run
      ORDER BY k.run`)
    .all()
    .map((row) => ({ ...row, status: row.status ?? 'died', root: row.root.toString('hex') }));
}
