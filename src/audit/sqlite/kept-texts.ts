import type { Database } from 'better-sqlite3';
import type { Hash } from '../../domain/hash.ts';
import type { EncodedBlob } from './blob-codec.ts';
import { BlobStore } from './blob-store.ts';
import { textOf } from './read-blob.ts';

/**
 * Collects the texts that events name, by their row numbers, in the table `kept_texts` of this connection. Whatever looks
 * like a hash counts as a name: a text too many is kept, never one too few, whatever fields newer programs name texts in.
 */
export class KeptTexts {
  readonly #database: Database;
  readonly #blobs: BlobStore;
  readonly #seen = new Set<Hash>();

  constructor(database: Database) {
    this.#database = database;
    this.#blobs = new BlobStore(database);
    database.exec(`
      CREATE TEMP TABLE kept_texts (blob INTEGER PRIMARY KEY);
      CREATE TEMP TABLE kept_requests (blob INTEGER PRIMARY KEY);
      CREATE TEMP TABLE read_requests (blob INTEGER PRIMARY KEY);`);
  }

  /** `where`: a condition on the columns of `events`. */
  add(where: string): void {
    this.#database.exec(`
      INSERT OR IGNORE INTO kept_requests SELECT request FROM events WHERE request IS NOT NULL AND ${where};
      INSERT OR IGNORE INTO kept_texts SELECT result FROM events WHERE result IS NOT NULL AND ${where};
      INSERT OR IGNORE INTO kept_texts
        SELECT a.value FROM events, json_each(events.added) a WHERE events.added IS NOT NULL AND ${where};`);
    this.#readRests(where);
    this.#readRequests();
  }

  close(): void {
    this.#database.exec('DROP TABLE kept_texts; DROP TABLE kept_requests; DROP TABLE read_requests');
  }

  /** Hashes that no column holds: definitions, items, what was shown, and what was not stored when it was named. */
  #readRests(where: string): void {
    const rests = this.#database
      .prepare<[], string>(`SELECT rest FROM events WHERE length(rest) > 64 AND ${where}`)
      .pluck();
    const texts = new Set<Hash>();
    const requests = new Set<Hash>();
    // Collected first: nothing can be written while rows are read.
    for (const rest of rests.iterate()) {
      this.#collect(rest, texts);
      const request = /"request":"([0-9a-f]{64})"/.exec(rest)?.[1];
      if (request !== undefined) requests.add(request);
    }
    this.#keep(texts, 'kept_texts');
    this.#keep(requests, 'kept_requests');
  }

  /** A frame names its tools and its schema, a tool call its tool's definition. */
  #readRequests(): void {
    const requests = this.#database.prepare<[], EncodedBlob>(`
      SELECT encoding, body FROM blobs
      WHERE id IN (SELECT blob FROM kept_requests EXCEPT SELECT blob FROM read_requests)`);
    const texts = new Set<Hash>();
    for (const request of requests.iterate()) this.#collect(textOf(request) ?? '', texts);
    this.#keep(texts, 'kept_texts');
    this.#database.exec(`
      INSERT OR IGNORE INTO kept_texts SELECT blob FROM kept_requests;
      INSERT OR IGNORE INTO read_requests SELECT blob FROM kept_requests;`);
  }

  #collect(text: string, into: Set<Hash>): void {
    for (const [, hash = ''] of text.matchAll(/"([0-9a-f]{64})"/g)) {
      if (this.#seen.has(hash)) continue;
      this.#seen.add(hash);
      into.add(hash);
    }
  }

  /** All rows of a hash: one that was redacted and stored again has several. */
  #keep(hashes: ReadonlySet<Hash>, table: 'kept_texts' | 'kept_requests'): void {
    const insert = this.#database.prepare(`INSERT OR IGNORE INTO ${table} (blob) VALUES (?)`);
    for (const hash of hashes) for (const id of this.#blobs.idsOf(hash)) insert.run(id);
  }
}
