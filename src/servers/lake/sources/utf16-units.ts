/** UTF-16 as it stands: a half of a pair that has lost the other is kept, and can be told from a letter. */
export class Utf16Units {
  readonly #isBigEndian: boolean;
  #odd = Buffer.alloc(0);

  constructor(encoding: 'utf-16le' | 'utf-16be') {
    this.#isBigEndian = encoding === 'utf-16be';
  }

  spell(bytes: Buffer): string {
    const all = Buffer.concat([this.#odd, bytes]);
    const whole = all.length - (all.length % 2);
    this.#odd = all.subarray(whole);
    const units = all.subarray(0, whole);
    return (this.#isBigEndian ? units.swap16() : units).toString('utf16le');
  }

  /** A last byte that is no whole unit. */
  end(): string {
    return this.#odd.length > 0 ? '\uD800' : '';
  }
}
