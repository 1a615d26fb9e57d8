/** Line numbers, one bit each, from a first line on. */
export class LineSet {
  #words = new Uint32Array(1024);
  readonly #firstWord: number;
  size = 0;

  constructor(firstLine: number) {
    this.#firstWord = Math.floor(firstLine / 32);
  }

  /** Each line once. */
  add(line: number): void {
    const word = Math.floor(line / 32) - this.#firstWord;
    if (word >= this.#words.length) this.#grow(word);
    this.#words[word] = ((this.#words[word] as number) | (1 << (line % 32))) >>> 0;
    this.size += 1;
  }

  /**
   * Takes away the lines of one word: `bits` of the lines from `word * 32` on.
   * @returns false when it names a line that is not in the set.
   */
  removeWord(word: number, bits: number): boolean {
    const held = this.#words[word - this.#firstWord] ?? 0;
    const removed = held & bits;
    if (removed >>> 0 !== bits >>> 0) return false;
    this.#words[word - this.#firstWord] = (held & ~bits) >>> 0;
    this.size -= bitCount(bits);
    return true;
  }

  /** In ascending order. */
  *lines(): Generator<number> {
    for (let word = 0; word < this.#words.length; word += 1) {
      const held = this.#words[word] as number;
      if (held === 0) continue;
      for (let bit = 0; bit < 32; bit += 1) {
        if ((held >>> bit) & 1) yield (this.#firstWord + word) * 32 + bit;
      }
    }
  }

  #grow(word: number): void {
    const larger = new Uint32Array(Math.max(word + 1, this.#words.length * 2));
    larger.set(this.#words);
    this.#words = larger;
  }
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits >>> 0; rest > 0; rest = (rest & (rest - 1)) >>> 0) count += 1;
  return count;
}
