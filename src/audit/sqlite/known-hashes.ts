import type { Hash } from '../../domain/hash.ts';

/** Two generations of 20,000 hashes of about 100 bytes each: at most 4 MB, whatever the length of the process. */
const generationSize = 20_000;

/**
 * Row numbers of blobs that are surely in the file. One that was forgotten costs a look-up; one that is wrongly
 * remembered would lose a text, so none is remembered before its transaction has ended.
 */
export class KnownHashes {
  #recent = new Map<Hash, number>();
  #older = new Map<Hash, number>();

  get(hash: Hash): number | undefined {
    const recent = this.#recent.get(hash);
    if (recent !== undefined) return recent;
    const older = this.#older.get(hash);
    if (older !== undefined) this.set(hash, older);
    return older;
  }

  set(hash: Hash, id: number): void {
    if (this.#recent.size >= generationSize) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(hash, id);
  }
}
