import type { Database, Statement } from 'better-sqlite3';
import type { AuditEvent } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import { firstLink } from './chain-hash.ts';
import { outOfOrder } from './log-errors.ts';

/** Where a run's chain stands: what the next event of it is chained to. */
export interface RunChain {
  readonly runId: string;
  /** The run's number in the file; undefined until its first event is written. */
  run: number | undefined;
  /** Of the last event; 0 before the first. */
  seq: number;
  chain: Hash;
  ended: boolean;
}

interface LastEventRow {
  readonly run: number;
  readonly seq: number;
  readonly chain: Buffer;
  readonly type: string;
}

const selectLast = `
  SELECT k.run, e.seq, e.chain, e.type FROM run_keys k JOIN events e ON e.run = k.run
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
    if (known.ended) throw outOfOrder(runId, `it has ended, and "${event.type}" came after`);
    if ((known.seq === 0) !== (event.type === 'run-started'))
      throw outOfOrder(
        runId,
        known.seq === 0 ? `its first event is "${event.type}", not "run-started"` : 'it was started twice',
      );
    return known;
  }

  advance(run: RunChain, to: { readonly chain: Hash; readonly ended: boolean }): void {
    run.seq += 1;
    run.chain = to.chain;
    run.ended = to.ended;
    if (run.seq === 1) this.#open.set(run.runId, run);
  }

  /** Once its last event is written, the file answers for a run. */
  forget(run: RunChain): void {
    this.#open.delete(run.runId);
  }

  #load(runId: string): RunChain {
    const row = this.#selectLast.get(runId);
    if (!row) return { runId, run: undefined, seq: 0, chain: firstLink(runId), ended: false };
    const ended = row.type === 'run-ended';
    const run = { runId, run: row.run, seq: row.seq, chain: row.chain.toString('hex'), ended };
    if (!ended) this.#open.set(runId, run);
    return run;
  }
}
