import type { Database, Statement } from 'better-sqlite3';
import type { Hash } from '../../domain/hash.ts';
import type { EncodedBlob } from './blob-codec.ts';
import { isHash } from './chain-hash.ts';
import { KnownHashes } from './known-hashes.ts';

export interface StoredBlob extends EncodedBlob {
  readonly id: number;
  readonly hash: Buffer;
}

/**
 * Finds and inserts blobs by their hash. Inserting belongs inside the caller's transaction.
 * A text that was redacted and is stored again gets a new row: the newest row of a hash counts.
 */
export class BlobStore {
  #known = new KnownHashes();
  #removals = 0;
  /** What was taken for known, and so not queued, since the last write. */
  readonly #relied = new Set<Hash>();
  #hasForgotten = false;
  readonly #selectRemovals: Statement<[], number>;
  readonly #selectId: Statement<[Buffer, Buffer], number>;
  readonly #selectIds: Statement<[Buffer, Buffer], number>;
  readonly #selectWhole: Statement<[Buffer, Buffer], number>;
  readonly #selectBody: Statement<[Buffer, Buffer], StoredBlob>;
  readonly #insert: Statement<[Buffer, string, Buffer, Buffer, Buffer]>;

  constructor(database: Database) {
    this.#selectRemovals = database
      .prepare<[], number>(`
        SELECT coalesce((SELECT max(id) FROM redactions), 0) + coalesce((SELECT max(id) FROM announced_gaps), 0)`)
      .pluck();
    this.#selectId = database
      .prepare<[Buffer, Buffer], number>(`SELECT id FROM blobs WHERE ${hashMatches} ORDER BY id DESC LIMIT 1`)
      .pluck();
    this.#selectIds = database
      .prepare<[Buffer, Buffer], number>(`SELECT id FROM blobs WHERE ${hashMatches}`)
      .pluck();
    this.#selectBody = database.prepare(
      `SELECT id, hash, encoding, body FROM blobs WHERE ${hashMatches} ORDER BY id DESC LIMIT 1`,
    );
    const isWhole = `SELECT 1 FROM blobs b WHERE ${hashMatches}
      AND NOT EXISTS (SELECT 1 FROM redactions r WHERE r.blob = b.id)`;
    this.#selectWhole = database.prepare<[Buffer, Buffer], number>(isWhole).pluck();
    this.#insert = database.prepare(
      `INSERT INTO blobs (hash, encoding, body) SELECT ?, ?, ? WHERE NOT EXISTS (${isWhole})`,
    );
  }

  /**
   * Forgets what is known of the file when texts were taken out of it since the last time, by this process or another:
   * a text that is taken for known and is gone would be lost. Asked before something is queued, and when it is written.
   */
  forgetRemoved(): void {
    const removals = this.#selectRemovals.get() ?? 0;
    if (removals === this.#removals) return;
    this.#removals = removals;
    this.#known = new KnownHashes();
    this.#hasForgotten = true;
  }

  /**
   * Throws when a text is gone that was taken for known since the last write. Most prunes take none: those of a log in
   * which runs are under way only take runs.
   */
  requireRelied(): void {
    const isGone = (hash: Hash): boolean => this.#selectWhole.get(...hashKey(hash)) === undefined;
    if (this.#hasForgotten && [...this.#relied].some(isGone))
      throw new Error('texts were taken out of it at this very moment');
  }

  /** After a write: what is taken for known from here on is another matter. */
  relyAnew(): void {
    this.#relied.clear();
    this.#hasForgotten = false;
  }

  /** True for a blob that is surely in the file; false says nothing. */
  isKnown(hash: Hash): boolean {
    const isKnown = this.#known.get(hash) !== undefined;
    if (isKnown) this.#relied.add(hash);
    return isKnown;
  }

  /** The blob's row number; undefined when the file does not hold it. */
  idOf(hash: Hash): number | undefined {
    const known = this.#known.get(hash);
    if (known !== undefined) return known;
    const id = this.#selectId.get(...hashKey(hash));
    if (id !== undefined) this.#known.set(hash, id);
    return id;
  }

  /** Every row of the hash: a redacted one may stand beside a newer one. */
  idsOf(hash: Hash): number[] {
    return this.#selectIds.all(...hashKey(hash));
  }

  find(hash: Hash): StoredBlob | undefined {
    return isHash(hash) ? this.#selectBody.get(...hashKey(hash)) : undefined;
  }

  /** Gives the row number, also when another process has stored the same text meanwhile. */
  insert(hash: Hash, { encoding, body }: EncodedBlob): number {
    const [start, whole] = hashKey(hash);
    // One statement, not a look-up and an insert: almost every text is new.
    const { changes, lastInsertRowid } = this.#insert.run(whole, encoding, body, start, whole);
    return Number(changes === 1 ? lastInsertRowid : this.#selectId.get(start, whole));
  }

  /** After the transaction that inserted it has ended. */
  remember(hash: Hash, id: number): void {
    this.#known.set(hash, id);
  }
}

/** The index holds the first 8 bytes of each hash: as good for finding, and a third of the size. */
const hashMatches = 'substr(hash, 1, 8) = ? AND hash = ?';

function hashKey(hash: Hash): [start: Buffer, whole: Buffer] {
  const whole = Buffer.from(hash, 'hex');
  return [whole.subarray(0, 8), whole];
}
