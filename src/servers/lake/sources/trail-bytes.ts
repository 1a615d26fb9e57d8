import type { Encoding } from './source.ts';

interface Letters {
  isLead(byte: number): boolean;
  isTrail(byte: number): boolean;
}

const between = (byte: number, low: number, high: number): boolean => byte >= low && byte <= high;

/** Encodings whose letters of several bytes may hold a byte that is a sign of ASCII by itself: `ソ` of Shift_JIS ends with `\`. */
const families: { readonly [name in Encoding]?: Letters } = {
  shift_jis: {
    isLead: (byte) => between(byte, 0x81, 0x9f) || between(byte, 0xe0, 0xfc),
    isTrail: (byte) => between(byte, 0x40, 0xfc) && byte !== 0x7f,
  },
  gbk: { isLead: isHighLead, isTrail: (byte) => between(byte, 0x40, 0xfe) && byte !== 0x7f },
  // Its letters of four bytes hold digits as well, which separate nothing.
  gb18030: { isLead: isHighLead, isTrail: (byte) => between(byte, 0x40, 0xfe) && byte !== 0x7f },
  big5: { isLead: isHighLead, isTrail: (byte) => between(byte, 0x40, 0x7e) || between(byte, 0xa1, 0xfe) },
  'euc-kr': { isLead: isHighLead, isTrail: (byte) => between(byte, 0x41, 0xfe) },
};

function isHighLead(byte: number): boolean {
  return between(byte, 0x81, 0xfe);
}

/** What is added to the code of such a byte, so that nobody takes it for the sign. Written as Latin-1 it is the byte again. */
const mark = 0x100;

/** Goes through the bytes of a file in order, in pieces of any size. */
export class TrailBytes {
  readonly #letters: Letters | undefined;
  #afterLead = false;

  constructor(encoding: Encoding) {
    this.#letters = families[encoding];
  }

  /** One character per byte; bytes of ASCII that belong to a letter are none of ASCII's signs. */
  spell(bytes: Buffer): string {
    const letters = this.#letters;
    if (letters === undefined) return bytes.toString('latin1');
    const units = Buffer.alloc(bytes.length * 2);
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      units.writeUInt16LE(this.#isTrail(letters, byte) && byte < 0x80 ? byte + mark : byte, at * 2);
    }
    return units.toString('utf16le');
  }

  /** The same bytes, 0xFF in place of those of ASCII that belong to a letter. */
  withoutTrails(bytes: Buffer): Uint8Array {
    const letters = this.#letters;
    if (letters === undefined) return bytes;
    return bytes.map((byte) => (this.#isTrail(letters, byte) && byte < 0x80 ? 0xff : byte));
  }

  #isTrail(letters: Letters, byte: number): boolean {
    const isTrail = this.#afterLead && letters.isTrail(byte);
    this.#afterLead = !isTrail && letters.isLead(byte);
    return isTrail;
  }
}
