import type { Database } from 'better-sqlite3';
import type { Charge, Refusal, Settlement } from '../../domain/account.ts';
import type { AuditEvent, CallBegun } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import { assertAmounts } from '../../domain/spend.ts';
import type { AuditLog } from '../../ports/audit-log.ts';
import type { Scrub } from '../../ports/environment.ts';
import { encodeBlob } from './blob-codec.ts';
import { BlobStore } from './blob-store.ts';
import { BudgetAccounts } from './budget-accounts.ts';
import { sha256 } from './chain-hash.ts';
import { type FileIdentity, sameFileGuard } from './file-identity.ts';
import { GroupCommit } from './group-commit.ts';
import { Holder } from './holder.ts';
import { type QueuedEvent, type QueuedRows, rowInserter } from './insert-rows.ts';
import { Leases } from './leases.ts';
import { closedForWriting, isSqliteError, unreadable, unwritable } from './log-errors.ts';
import { packEvent } from './pack-event.ts';
import { readBlob, readStoredBlob } from './read-blob.ts';
import { EventReader, readEventRows } from './read-rows.ts';
import { RedactedTexts } from './redacted-texts.ts';
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
  readonly #redactions: RedactedTexts;
  readonly #queue: GroupCommit;
  readonly #holder: Holder;
  readonly #leases: Leases;
  readonly #insert: (rows: QueuedRows) => void;

  constructor(database: Database, { file, identity, readOnly, scrub }: OpenedFile) {
    this.file = file;
    this.database = database;
    this.#scrub = scrub;
    this.#assertSameFile = sameFileGuard(file, identity);
    this.#chains = new RunChains(database);
    this.#blobs = new BlobStore(database);
    this.#redactions = new RedactedTexts(database);
    this.#holder = new Holder(file);
    this.#leases = new Leases(database, this.#holder);
    this.#insert = rowInserter(database, {
      blobs: this.#blobs,
      accounts: new BudgetAccounts(database),
      leases: this.#leases,
    });
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

  append(runId: string, event: AuditEvent, settlement?: Settlement): void {
    if (settlement) assertAmounts(settlement);
    this.#enqueue(runId, event, settlement && { settlement });
  }

  async appendCharged(runId: string, event: CallBegun, charge: Charge): Promise<Refusal | undefined> {
    assertAmounts(charge);
    const queued = this.#enqueue(runId, event, { charge });
    await this.#queue.commit();
    return queued.refusal;
  }

  commit(): Promise<void> {
    return this.#queue.commit();
  }

  events(runId: string): Iterable<AuditEvent> {
    const read = (): Generator<AuditEvent> => this.#readEvents(runId);
    return { [Symbol.iterator]: read };
  }

  load(hash: Hash): string | undefined {
    const queued = this.#queue.queuedBlob(hash);
    if (queued) return readBlob(queued, hash);
    const blob = this.#reading(() => this.#blobs.find(hash));
    if (!blob) return undefined;
    const text = this.#reading(() => readStoredBlob(blob, hash, this.#redactions));
    // A resume and a replay store what they have loaded: it need not be packed and looked up again.
    this.#blobs.remember(hash, blob.id);
    return text;
  }

  claim(runId: string): void {
    this.#writing(() => {
      this.#queue.flush();
      // Another process may have written the run since it was looked up.
      this.#chains.forget(runId);
      this.#leases.claim(runId);
    });
  }

  release(runId: string): void {
    // What is closed, or takes no more writes, holds a run until its process ends: then it is free anyway.
    if (!this.database.open || this.#queue.failure) return;
    this.#writing(() => {
      this.#queue.flush();
      this.#chains.forget(runId);
      this.#leases.release(runId);
    });
  }

  isHeld(runId: string): boolean {
    return this.#reading(() => this.#leases.isHeld(runId));
  }

  close(): void {
    if (!this.database.open) return;
    try {
      if (!this.database.readonly) this.#queue.flush();
    } finally {
      this.#queue.stop(closedForWriting(this.file, 'it was closed'));
      this.database.close();
      this.#holder.drop();
    }
  }

  #enqueue(
    runId: string,
    event: AuditEvent,
    dues: Pick<QueuedEvent, 'charge' | 'settlement'> | undefined,
  ): QueuedEvent {
    return this.#writing(() => {
      if (event.type === 'run-resumed' && !this.#leases.isClaimed(runId)) this.claim(runId);
      const run = this.#chains.next(runId, event);
      const packed = packEvent(this.#scrub ? scrubEvent(event, this.#scrub) : event, this.#isStored);
      this.#follow(runId, event);
      this.#chains.advance(run, event);
      const queued = { run, ...packed, ...dues };
      this.#queue.queueEvent(queued);
      return queued;
    });
  }

  /** Who works on the run changes with some events. */
  #follow(runId: string, { type }: AuditEvent): void {
    if (type === 'run-started' || type === 'run-resumed') this.#leases.begin(runId);
    if (type === 'run-ended') this.#leases.end(runId);
  }

  readonly #isStored = (hash: Hash): boolean =>
    this.#queue.queuedBlob(hash) !== undefined || this.#blobs.idOf(hash) !== undefined;

  /** What is known of the file is looked up before anything is queued: when that fails, so would the write. */
  #writing<Value>(work: () => Value): Value {
    this.#queue.assertWritable();
    try {
      if (this.#queue.isEmpty) this.#blobs.forgetRemoved();
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
    const reader = this.#reading(() => new EventReader(this.database));
    for (let next = this.#reading(() => rows.next()); !next.done; next = this.#reading(() => rows.next()))
      yield reader.read(next.value, runId);
  }

  #write(rows: QueuedRows): void {
    this.#assertSameFile();
    this.#insert(rows);
    for (const { run } of rows.events) if (run.ended) this.#chains.forget(run.runId);
  }
}
