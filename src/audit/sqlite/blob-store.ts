import type { Database, Statement } from 'better-sqlite3';
import type { Hash } from '../../domain/hash.ts';
import type { EncodedBlob } from './blob-codec.ts';
import { isHash } from './chain-hash.ts';
import { KnownHashes } from './known-hashes.ts';

/** Finds and inserts blobs by their hash. Inserting belongs inside the caller's transaction. */
export class BlobStore {
  readonly #known = new KnownHashes();
  readonly #selectId: Statement<[Buffer, Buffer], number>;
  readonly #selectBody: Statement<[Buffer, Buffer], EncodedBlob>;
  readonly #insert: Statement<[Buffer, string, Buffer, Buffer, Buffer]>;

  constructor(database: Database) {
    this.#selectId = database
      .prepare<[Buffer, Buffer], number>(`SELECT id FROM blobs WHERE ${hashMatches}`)
      .pluck();
    this.#selectBody = database.prepare(`SELECT encoding, body FROM blobs WHERE ${hashMatches}`);
    this.#insert = database.prepare(`
      INSERT INTO blobs (hash, encoding, body)
      SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM blobs WHERE ${hashMatches})`);
  }

  /** True for a blob that is surely in the file; false says nothing. */
  isKnown(hash: Hash): boolean {
    return this.#known.get(hash) !== undefined;
  }

  /** The blob's row number; undefined when the file does not hold it. */
  idOf(hash: Hash): number | undefined {
    const known = this.#known.get(hash);
    if (known !== undefined) return known;
    const id = this.#selectId.get(...hashKey(hash));
    if (id !== undefined) this.#known.set(hash, id);
    return id;
  }

  find(hash: Hash): EncodedBlob | undefined {
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
