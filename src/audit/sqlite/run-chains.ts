import type { Database, Statement } from 'better-sqlite3';
import type { AuditEvent } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import { firstLink } from './chain-hash.ts';
import { outOfOrder } from './log-errors.ts';

/** Where a run stands: what the next event of it is chained to, and whether it may come at all. */
export interface RunChain {
  readonly runId: string;
  /** The run's number in the file; undefined until its first event is written. */
  run: number | undefined;
  /** Of the last event that was written; 0 before the first. What is queued gets its number when it is written. */
  seq: number;
  chain: Hash;
  /** These two tell of the queued events too: the order of the story is checked when an event is appended. */
  begun: boolean;
  ended: boolean;
}

interface LastEventRow {
  readonly run: number;
  readonly seq: number;
  readonly chain: Buffer;
  readonly ended: 0 | 1;
}

const selectLast = `
  SELECT k.run, e.seq, e.chain, EXISTS (SELECT 1 FROM run_ends x WHERE x.run = k.run) AS ended
  FROM run_keys k JOIN events e ON e.run = k.run
  WHERE k.run_id = ? ORDER BY e.seq DESC LIMIT 1`;

/** The chains of the runs that this process writes; a run that it has not written yet is looked up in the file. */
export class RunChains {
  readonly #open = new Map<string, RunChain>();
  readonly #selectLast: Statement<[string], LastEventRow>;

  constructor(database: Database) {
    this.#selectLast = database.prepare(selectLast);
  }

  /** The chain that `event` may be appended to. Throws when it cannot be the next event of its run. */
  next(runId: string, event: AuditEvent): RunChain {
    const known = this.#open.get(runId) ?? this.#load(runId);
    if (known.begun === (event.type === 'run-started'))
      throw outOfOrder(
        runId,
        known.begun ? 'it was started twice' : `its first event is "${event.type}", not "run-started"`,
      );
    if (known.ended && !comesAfterEnd(event))
      throw outOfOrder(runId, `it has ended, and "${event.type}" came after`);
    return known;
  }

  /** Takes the event into the story. */
  advance(run: RunChain, { type }: AuditEvent): void {
    if (!run.begun) this.#open.set(run.runId, run);
    run.begun = true;
    run.ended = type === 'run-ended' || (run.ended && type !== 'run-resumed');
  }

  /** The file answers for the run from here on. Only when nothing of it is queued. */
  forget(runId: string): void {
    this.#open.delete(runId);
  }

  #load(runId: string): RunChain {
    const row = this.#selectLast.get(runId);
    if (!row) return { runId, run: undefined, seq: 0, chain: firstLink(runId), begun: false, ended: false };
    const { run, seq, chain } = row;
    const known = { runId, run, seq, chain: chain.toString('hex'), begun: true, ended: row.ended === 1 };
    this.#open.set(runId, known);
    return known;
  }
}

function comesAfterEnd({ type }: AuditEvent): boolean {
  return type === 'run-resumed' || type === 'call-resolved';
}
