import type { Database, Statement } from 'better-sqlite3';
import type { Charge, Refusal, Settlement } from '../../domain/account.ts';
import type { Hash } from '../../domain/hash.ts';
import type { EncodedBlob } from './blob-codec.ts';
import type { BlobStore } from './blob-store.ts';
import type { BudgetAccounts } from './budget-accounts.ts';
import { nextLink } from './chain-hash.ts';
import type { Leases } from './leases.ts';
import type { EventColumns } from './pack-event.ts';
import type { RunChain } from './run-chains.ts';

export interface QueuedEvent {
  readonly run: RunChain;
  readonly columns: EventColumns;
  readonly canonical: string;
  /** Taken out of its accounts before the event is written. */
  readonly charge?: Charge;
  readonly settlement?: Settlement;
  /** Set when the charge did not fit: then the event is not in the log. */
  refusal?: Refusal;
}

/** All that goes into the file with the next transaction. */
export interface QueuedRows {
  readonly blobs: ReadonlyMap<Hash, EncodedBlob>;
  readonly events: readonly QueuedEvent[];
}

/** What the rows of one transaction go into besides their own tables. */
export interface RowTargets {
  readonly blobs: BlobStore;
  readonly accounts: BudgetAccounts;
  readonly leases: Leases;
}

/** Writes the rows in one transaction: all of them or none. */
export function rowInserter(database: Database, targets: RowTargets): (rows: QueuedRows) => void {
  const { blobs } = targets;
  const inserts = prepareInserts(database);
  const insertAll = database.transaction((rows: QueuedRows) => {
    blobs.forgetRemoved();
    blobs.requireRelied();
    const ids = new Map<Hash, number>();
    for (const [hash, blob] of rows.blobs) ids.set(hash, blobs.insert(hash, blob));
    const idOf = (hash: Hash): number => ids.get(hash) ?? requiredId(blobs, hash);
    for (const event of rows.events) insertCharged(inserts, targets, { event, idOf });
    return ids;
  });
  return (rows) => {
    // Immediate: a transaction that began as a reader cannot wait for another process's write lock, it fails.
    const ids = insertAll.immediate(rows);
    blobs.relyAnew();
    for (const [hash, id] of ids) blobs.remember(hash, id);
  };
}

interface EventInsert {
  readonly event: QueuedEvent;
  readonly idOf: (hash: Hash) => number;
}

/** In the order of the queue: who asked first is served first, and each sees what those before it took. */
function insertCharged(inserts: Inserts, { accounts, leases }: RowTargets, insert: EventInsert): void {
  const { event } = insert;
  const refusal = event.charge && accounts.reserve(event.charge);
  if (refusal) {
    event.refusal = refusal;
    return;
  }
  insertEvent(inserts, insert);
  project(inserts, event, leases);
  if (event.settlement) accounts.settle(event.settlement);
}

interface Inserts {
  readonly runKey: Statement<[string]>;
  readonly event: Statement<unknown[]>;
  readonly runEnd: Statement<[number, number, Buffer, number]>;
  readonly runEndMoved: Statement<[number, Buffer, number]>;
  readonly runEndGone: Statement<[number]>;
}

function prepareInserts(database: Database): Inserts {
  return {
    runKey: database.prepare('INSERT INTO run_keys (run_id) VALUES (?)'),
    event: database.prepare(`
      INSERT INTO events (run, seq, at, type, position, fingerprint, request, result, added, usage,
        status, source, duration_ms, rest, chain)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    runEnd: database.prepare('INSERT INTO run_ends (run, events, root, ended) VALUES (?, ?, ?, ?)'),
    runEndMoved: database.prepare('UPDATE run_ends SET events = ?, root = ? WHERE run = ?'),
    runEndGone: database.prepare('DELETE FROM run_ends WHERE run = ?'),
  };
}

/** Chained here and not when it was queued: an event before it may have been refused. */
function insertEvent(inserts: Inserts, { event: { run, columns, canonical }, idOf }: EventInsert): void {
  run.run ??= Number(inserts.runKey.run(run.runId).lastInsertRowid);
  run.seq += 1;
  run.chain = nextLink(run.chain, canonical);
  const { at, type, position, fingerprint, request, result, added, usage, status, source } = columns;
  const { durationMs, rest } = columns;
  inserts.event.run(
    run.run,
    run.seq,
    at,
    type,
    position,
    fingerprint && Buffer.from(fingerprint, 'hex'),
    request && idOf(request),
    result && idOf(result),
    added && JSON.stringify(added.map(idOf)),
    usage,
    status,
    source,
    durationMs,
    rest,
    Buffer.from(run.chain, 'hex'),
  );
}

/** What is told of a run besides its events: how it stands, and who works on it. */
function project(inserts: Inserts, { run: chain, columns: { type, at } }: QueuedEvent, leases: Leases): void {
  const { run, runId, seq } = chain;
  if (run === undefined) return;
  if (type === 'run-started' || type === 'run-resumed') leases.write(run, { runId, sinceMs: at });
  if (type === 'run-resumed') inserts.runEndGone.run(run);
  if (type === 'call-resolved') inserts.runEndMoved.run(seq, Buffer.from(chain.chain, 'hex'), run);
  if (type === 'run-ended') {
    inserts.runEnd.run(run, seq, Buffer.from(chain.chain, 'hex'), seq);
    leases.remove(run);
  }
}

/** A blob was there when the event was appended; when it is gone, somebody deletes from the log under our feet. */
function requiredId(blobs: BlobStore, hash: Hash): number {
  const id = blobs.idOf(hash);
  if (id === undefined) throw new Error(`the text under ${hash} has vanished from it`);
  return id;
}
