import type { Database, Statement } from 'better-sqlite3';
import type { Hash } from '../../domain/hash.ts';
import type { EncodedBlob } from './blob-codec.ts';
import type { BlobStore } from './blob-store.ts';
import type { EventColumns } from './pack-event.ts';
import type { RunChain } from './run-chains.ts';

export interface QueuedEvent {
  readonly run: RunChain;
  readonly seq: number;
  readonly columns: EventColumns;
  readonly chain: Hash;
}

/** All that goes into the file with the next transaction. */
export interface QueuedRows {
  readonly blobs: ReadonlyMap<Hash, EncodedBlob>;
  readonly events: readonly QueuedEvent[];
}

interface Inserts {
  readonly runKey: Statement<[string]>;
  readonly event: Statement<unknown[]>;
  readonly runEnd: Statement<[number, number, Buffer]>;
}

/** Writes the rows in one transaction: all of them or none. */
export function rowInserter(database: Database, blobs: BlobStore): (rows: QueuedRows) => void {
  const inserts = prepareInserts(database);
  const insertAll = database.transaction((rows: QueuedRows) => {
    const ids = new Map<Hash, number>();
    for (const [hash, blob] of rows.blobs) ids.set(hash, blobs.insert(hash, blob));
    const idOf = (hash: Hash): number => ids.get(hash) ?? requiredId(blobs, hash);
    for (const event of rows.events) insertEvent(inserts, { event, idOf });
    return ids;
  });
  return (rows) => {
    // Immediate: a transaction that began as a reader cannot wait for another process's write lock, it fails.
    const ids = insertAll.immediate(rows);
    for (const [hash, id] of ids) blobs.remember(hash, id);
  };
}

function prepareInserts(database: Database): Inserts {
  return {
    runKey: database.prepare('INSERT INTO run_keys (run_id) VALUES (?)'),
    event: database.prepare(`
      INSERT INTO events (run, seq, at, type, position, fingerprint, request, result, added, usage,
        status, source, duration_ms, rest, chain)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    runEnd: database.prepare('INSERT INTO run_ends (run, events, root) VALUES (?, ?, ?)'),
  };
}

interface EventInsert {
  readonly event: QueuedEvent;
  readonly idOf: (hash: Hash) => number;
}

function insertEvent(inserts: Inserts, { event: { run, seq, columns, chain }, idOf }: EventInsert): void {
  run.run ??= Number(inserts.runKey.run(run.runId).lastInsertRowid);
  const { at, type, position, fingerprint, request, result, added, usage, status, source } = columns;
  const { durationMs, rest } = columns;
  const link = Buffer.from(chain, 'hex');
  inserts.event.run(
    run.run,
    seq,
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
    link,
  );
  if (type === 'run-ended') inserts.runEnd.run(run.run, seq, link);
}

/** A blob was there when the event was appended; when it is gone, somebody deletes from the log under our feet. */
function requiredId(blobs: BlobStore, hash: Hash): number {
  const id = blobs.idOf(hash);
  if (id === undefined) throw new Error(`the text under ${hash} has vanished from it`);
  return id;
}
