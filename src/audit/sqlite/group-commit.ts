import type { Hash } from '../../domain/hash.ts';
import type { LogError } from '../../errors/index.ts';
import type { EncodedBlob } from './blob-codec.ts';
import type { QueuedEvent, QueuedRows } from './insert-rows.ts';

/** A replay that never waits for the disk would otherwise collect all of its run in memory. */
const flushAtEvents = 2_000;
const flushAtBytes = 8_000_000;

/**
 * Collects what all runs write and puts it on disk in one transaction per turn of the event loop, so that 500
 * runs at once share their fsyncs; earlier when it grows large.
 *
 * The first failure is final: everyone who waits is rejected with it, and everything later throws it. A queue
 * that went on after a failure would leave a hole that nobody was told about.
 */
export class GroupCommit {
  #blobs = new Map<Hash, EncodedBlob>();
  #events: QueuedEvent[] = [];
  #bytes = 0;
  #waiting: PromiseWithResolvers<void> | undefined;
  #failure: LogError | undefined;
  readonly #write: (rows: QueuedRows) => void;
  readonly #explain: (cause: unknown) => LogError;

  constructor(write: (rows: QueuedRows) => void, explain: (cause: unknown) => LogError) {
    this.#write = write;
    this.#explain = explain;
  }

  /** What made the log unwritable, if anything did. */
  get failure(): LogError | undefined {
    return this.#failure;
  }

  /** Throws the failure that made the log unwritable, if there was one. */
  assertWritable(): void {
    if (this.#failure) throw this.#failure;
  }

  queueBlob(hash: Hash, blob: EncodedBlob): void {
    this.#blobs.set(hash, blob);
    this.#grow(blob.body.length);
  }

  queueEvent(event: QueuedEvent): void {
    this.#events.push(event);
    this.#grow(event.canonical.length);
  }

  queuedBlob(hash: Hash): EncodedBlob | undefined {
    return this.#blobs.get(hash);
  }

  commit(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.isEmpty) return Promise.resolve();
    if (!this.#waiting) {
      this.#waiting = Promise.withResolvers();
      setImmediate(() => this.#flush());
    }
    return this.#waiting.promise;
  }

  /** Writes what is queued now. Throws where `commit` rejects. */
  flush(): void {
    this.#flush();
    this.assertWritable();
  }

  /** From here on everything throws `failure`. */
  stop(failure: LogError): void {
    this.#failure ??= failure;
  }

  #grow(bytes: number): void {
    this.#bytes += bytes;
    if (this.#events.length >= flushAtEvents || this.#bytes >= flushAtBytes) this.flush();
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!this.#failure && !this.isEmpty) this.#writeQueued();
    if (this.#failure) waiting?.reject(this.#failure);
    else waiting?.resolve();
  }

  #writeQueued(): void {
    const rows = { blobs: this.#blobs, events: this.#events };
    this.#blobs = new Map();
    this.#events = [];
    this.#bytes = 0;
    try {
      this.#write(rows);
    } catch (cause) {
      this.stop(this.#explain(cause));
    }
  }

  get isEmpty(): boolean {
    return this.#events.length === 0 && this.#blobs.size === 0;
  }
}
