import type { Database } from 'better-sqlite3';
import type { AuditEvent } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import type { AuditLog } from '../../ports/audit-log.ts';
import type { Scrub } from '../../ports/environment.ts';
import { encodeBlob } from './blob-codec.ts';
import { BlobStore } from './blob-store.ts';
import { nextLink, sha256 } from './chain-hash.ts';
import { type FileIdentity, sameFileGuard } from './file-identity.ts';
import { GroupCommit } from './group-commit.ts';
import { type QueuedRows, rowInserter } from './insert-rows.ts';
import { closedForWriting, isSqliteError, unreadable, unwritable } from './log-errors.ts';
import { packEvent } from './pack-event.ts';
import { readBlob } from './read-blob.ts';
import { EventReader, readEventRows } from './read-rows.ts';
import { RunChains } from './run-chains.ts';
import { scrubEvent } from './scrub-event.ts';

/** An audit log in a file. `database` is for this folder's queries and for reading: nothing else writes to it. */
export interface AuditFile extends AuditLog {
  readonly file: string;
  readonly database: Database;
}

export interface OpenedFile {
  readonly file: string;
  readonly identity: FileIdentity;
  readonly readOnly: boolean;
  readonly scrub: Scrub | undefined;
}

export class SqliteAuditLog implements AuditFile {
  readonly file: string;
  readonly database: Database;
  readonly #scrub: Scrub | undefined;
  readonly #assertSameFile: () => void;
  readonly #chains: RunChains;
  readonly #blobs: BlobStore;
  readonly #reader: EventReader;
  readonly #queue: GroupCommit;
  readonly #insert: (rows: QueuedRows) => void;

  constructor(database: Database, { file, identity, readOnly, scrub }: OpenedFile) {
    this.file = file;
    this.database = database;
    this.#scrub = scrub;
    this.#assertSameFile = sameFileGuard(file, identity);
    this.#chains = new RunChains(database);
    this.#blobs = new BlobStore(database);
    this.#reader = new EventReader(database);
    this.#insert = rowInserter(database, this.#blobs);
    this.#queue = new GroupCommit(
      (rows) => this.#write(rows),
      (cause) => unwritable(file, cause),
    );
    if (readOnly) this.#queue.stop(closedForWriting(file, 'it was opened for reading'));
  }

  store(text: string): Hash {
    return this.#writing(() => {
      const kept = this.#scrub ? this.#scrub(text) : text;
      const hash = sha256(kept);
      // Not looked up in the file: nearly every text is new, and the insert keeps one that is there.
      if (!this.#queue.queuedBlob(hash) && !this.#blobs.isKnown(hash))
        this.#queue.queueBlob(hash, encodeBlob(kept));
      return hash;
    });
  }

  append(runId: string, event: AuditEvent): void {
    this.#writing(() => {
      const run = this.#chains.next(runId, event);
      const { columns, canonical } = packEvent(
        this.#scrub ? scrubEvent(event, this.#scrub) : event,
        this.#isStored,
      );
      const chain = nextLink(run.chain, canonical);
      this.#chains.advance(run, { chain, ended: event.type === 'run-ended' });
      this.#queue.queueEvent({ run, seq: run.seq, columns, chain });
    });
  }

  commit(): Promise<void> {
    return this.#queue.commit();
  }

  events(runId: string): Iterable<AuditEvent> {
    const read = (): Generator<AuditEvent> => this.#readEvents(runId);
    return { [Symbol.iterator]: read };
  }

  load(hash: Hash): string | undefined {
    const blob = this.#queue.queuedBlob(hash) ?? this.#reading(() => this.#blobs.find(hash));
    return blob && readBlob(blob, hash);
  }

  close(): void {
    if (!this.database.open) return;
    try {
      if (!this.database.readonly) this.#queue.flush();
    } finally {
      this.#queue.stop(closedForWriting(this.file, 'it was closed'));
      this.database.close();
    }
  }

  readonly #isStored = (hash: Hash): boolean =>
    this.#queue.queuedBlob(hash) !== undefined || this.#blobs.idOf(hash) !== undefined;

  /** What is known of the file is looked up before anything is queued: when that fails, so would the write. */
  #writing<Value>(work: () => Value): Value {
    this.#queue.assertWritable();
    try {
      return work();
    } catch (error) {
      if (!isSqliteError(error)) throw error;
      this.#queue.stop(unwritable(this.file, error));
      throw this.#queue.failure ?? error;
    }
  }

  #reading<Value>(work: () => Value): Value {
    try {
      return work();
    } catch (error) {
      throw isSqliteError(error) ? unreadable(this.file, error) : error;
    }
  }

  *#readEvents(runId: string): Generator<AuditEvent> {
    // What this process has queued belongs to the run's story too.
    if (!this.database.readonly) this.#queue.flush();
    const rows = readEventRows(this.database, runId);
    for (let next = this.#reading(() => rows.next()); !next.done; next = this.#reading(() => rows.next()))
      yield this.#reader.read(next.value, runId);
  }

  #write(rows: QueuedRows): void {
    this.#assertSameFile();
    this.#insert(rows);
    for (const { run } of rows.events) if (run.ended) this.#chains.forget(run);
  }
}
