import type { Database, Statement } from 'better-sqlite3';
import type { Holder } from './holder.ts';
import { runHeld, runUnknown } from './log-errors.ts';

interface LeaseRow {
  readonly run: number;
  readonly holder: string | null;
  readonly pid: number | null;
  readonly since: number | null;
}

/** Which runs this log's process works on, and whether others work on theirs. */
export class Leases {
  readonly #holder: Holder;
  /** A claimed run may be resumed; one that is worked on already may not. */
  readonly #mine = new Map<string, 'claimed' | 'worked on'>();
  readonly #select: Statement<[string], LeaseRow>;
  readonly #insert: Statement<[number, string, number, number]>;
  readonly #delete: Statement<[number]>;
  readonly #claim: (runId: string) => void;

  constructor(database: Database, holder: Holder) {
    this.#holder = holder;
    this.#select = database.prepare(`
      SELECT k.run, l.holder, l.pid, l.since FROM run_keys k LEFT JOIN leases l ON l.run = k.run WHERE k.run_id = ?`);
    this.#insert = database.prepare(
      'INSERT OR REPLACE INTO leases (run, holder, pid, since) VALUES (?, ?, ?, ?)',
    );
    this.#delete = database.prepare('DELETE FROM leases WHERE run = ?');
    const claim = database.transaction((runId: string) => this.#takeRow(runId));
    this.#claim = (runId) => claim.immediate(runId);
  }

  /** This process works on the run from here on. The row is written with the event that says so. */
  begin(runId: string): void {
    this.#holder.take();
    this.#mine.set(runId, 'worked on');
  }

  isClaimed(runId: string): boolean {
    return this.#mine.get(runId) === 'claimed';
  }

  /** The run has ended. Its row goes with the event. */
  end(runId: string): void {
    this.#mine.delete(runId);
  }

  /** One transaction under the write lock: of two processes that claim at once, the second finds the first. */
  claim(runId: string): void {
    if (this.#mine.has(runId)) throw runHeld(runId, { pid: process.pid });
    this.#holder.take();
    this.#claim(runId);
    this.#mine.set(runId, 'claimed');
  }

  release(runId: string): void {
    if (!this.#mine.delete(runId)) return;
    const row = this.#select.get(runId);
    if (row && row.holder === this.#holder.token) this.#delete.run(row.run);
  }

  isHeld(runId: string): boolean {
    if (this.#mine.has(runId)) return true;
    const row = this.#select.get(runId);
    return row !== undefined && this.#isTaken(row);
  }

  /** Belongs inside the transaction that writes the event. */
  write(run: number, { runId, sinceMs }: { readonly runId: string; readonly sinceMs: number }): void {
    // A run that was begun and ended in one transaction is nobody's by now.
    if (this.#mine.has(runId)) this.#insert.run(run, this.#holder.take(), process.pid, sinceMs);
  }

  remove(run: number): void {
    this.#delete.run(run);
  }

  #takeRow(runId: string): void {
    const row = this.#select.get(runId);
    if (!row) throw runUnknown(runId);
    if (this.#isTaken(row)) throw runHeld(runId, row);
    this.#insert.run(row.run, this.#holder.take(), process.pid, Date.now());
  }

  /** A row of this process without an entry in `#mine` is about to go with the run's end. */
  #isTaken({ holder }: LeaseRow): boolean {
    return holder !== null && holder !== this.#holder.token && this.#holder.isAlive(holder);
  }
}
