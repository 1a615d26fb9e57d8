import type { AuditEvent } from '../domain/events.ts';
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
   * `run-ended`: what would break that order, or has no JSON form, is thrown at the caller and not written.
   */
  append(runId: string, event: AuditEvent): void;
  /** Resolves when everything queued before it is on disk. */
  commit(): Promise<void>;
}

export interface AuditReader {
  /** The run's events in order; empty for an unknown run. */
  events(runId: string): Iterable<AuditEvent>;
  /** The text under a hash, or undefined. */
  load(hash: Hash): string | undefined;
}

/** What runs are written to and read from, whatever keeps it. */
export interface AuditLog extends AuditWriter, AuditReader {
  /** Writes what is queued, then closes. Throws LOG_UNWRITABLE when that fails; closing twice is harmless. */
  close(): void;
}
