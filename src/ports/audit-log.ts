import type { Charge, Refusal, Settlement } from '../domain/account.ts';
import type { AuditEvent, CallBegun } from '../domain/events.ts';
import type { Hash } from '../domain/hash.ts';

/**
 * The write side of the log. `store` and `append` only queue, in order; what they queued is durable when the next
 * `commit` resolves. Many runs commit together (group commit), so nothing else may wait for the disk.
 *
 * After a write has failed every later call throws LogError LOG_UNWRITABLE: nothing runs unlogged.
 */
export interface AuditWriter {
  /** Queues the text to be kept once under its hash, which is returned at once. Configured secrets are blanked first. */
  store(text: string): Hash;
  /**
   * Queues the event as the next one of its run. A run begins with `run-started`, once, and nothing follows its
   * `run-ended` but `run-resumed` and `call-resolved`: what would break that order, or has no JSON form, is thrown at
   * the caller and not written. `settlement` is booked in the same transaction.
   */
  append(runId: string, event: AuditEvent, settlement?: Settlement): void;
  /**
   * Appends the beginning of a call and takes its worst case out of its accounts in the same transaction, and resolves
   * when both are on disk. When one account cannot bear it nothing is written, and the refusal is the result.
   */
  appendCharged(runId: string, event: CallBegun, charge: Charge): Promise<Refusal | undefined>;
  /** Resolves when everything queued before it is on disk. */
  commit(): Promise<void>;
}

export interface AuditReader {
  /** The run's events in order; empty for an unknown run. */
  events(runId: string): Iterable<AuditEvent>;
  /** The text under a hash, or undefined. Throws TEXT_REDACTED for one that was taken out on purpose. */
  load(hash: Hash): string | undefined;
}

/**
 * Who works on a run. `run-started` and `run-resumed` take the run for this log's process, and `run-ended` gives it
 * back; a process that dies gives back all of its runs, however it dies.
 */
export interface RunLeases {
  /**
   * Takes a run that is in the log, to go on with it or to decide in it.
   * Throws LogError RUN_HELD while a living process works on it, this one included.
   */
  claim(runId: string): void;
  /** Gives a claimed run back without an event. */
  release(runId: string): void;
  /** True while a living process works on the run: a run without an end that nobody holds has died. */
  isHeld(runId: string): boolean;
}

/** What runs are written to and read from, whatever keeps it. */
export interface AuditLog extends AuditWriter, AuditReader, RunLeases {
  /** Writes what is queued, then closes. Throws LOG_UNWRITABLE when that fails; closing twice is harmless. */
  close(): void;
}
