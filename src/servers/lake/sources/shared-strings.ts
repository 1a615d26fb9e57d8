import { ItemText, longestCellChars, unescapeCharacters } from './sheet-text.ts';
import { readPart, unreadableWorkbook, type Workbook } from './workbook-part.ts';
import type { ZipEntry } from './zip-guard.ts';

const pieceBytes = 4 * 1024 * 1024;
const lengthBytes = 4;
export const mostSharedBytes = 256 * 1024 * 1024;
export const mostSharedStrings = 10_000_000;

/** The texts that cells name by their number; held outside of the heap, which millions of them would fill. */
export class SharedStrings {
  readonly #pieces: Buffer[] = [];
  #at = pieceBytes;
  #places = new Uint32Array(1024);
  #count = 0;

  /** @throws LakeFailure when there are too many to be held. */
  add(text: string): void {
    const bytes = Buffer.byteLength(text);
    if (this.#at + lengthBytes + bytes > pieceBytes) this.#addPiece();
    const piece = this.#pieces.at(-1) as Buffer;
    piece.writeUInt32LE(bytes, this.#at);
    piece.write(text, this.#at + lengthBytes);
    this.#notePlace((this.#pieces.length - 1) * pieceBytes + this.#at);
    this.#at += lengthBytes + bytes;
  }

  /** Undefined: there is no such string. */
  get(index: number): string | undefined {
    if (!Number.isInteger(index) || index < 0 || index >= this.#count) return undefined;
    const place = this.#places[index] as number;
    const piece = this.#pieces[Math.floor(place / pieceBytes)] as Buffer;
    const start = (place % pieceBytes) + lengthBytes;
    return piece.toString('utf8', start, start + piece.readUInt32LE(start - lengthBytes));
  }

  #addPiece(): void {
    if (this.#pieces.length * pieceBytes >= mostSharedBytes) throw tooManyStrings();
    this.#pieces.push(Buffer.allocUnsafeSlow(pieceBytes));
    this.#at = 0;
  }

  #notePlace(place: number): void {
    if (this.#count >= mostSharedStrings) throw tooManyStrings();
    if (this.#count === this.#places.length) {
      const grown = new Uint32Array(2 * this.#count);
      grown.set(this.#places);
      this.#places = grown;
    }
    this.#places[this.#count] = place;
    this.#count += 1;
  }
}

export async function readSharedStrings(
  workbook: Workbook,
  part: ZipEntry | undefined,
): Promise<SharedStrings> {
  const strings = new SharedStrings();
  if (part === undefined) return strings;
  const item = new ItemText();
  let isInItem = false;
  const parsing = readPart(workbook, part, {
    open: (name) => {
      if (name === 'si') {
        item.begin();
        isInItem = true;
      } else item.open(name);
    },
    text: (piece) => {
      if (isInItem && !item.add(piece)) throw stringTooLong();
    },
    close: (name) => {
      item.close(name);
      if (name !== 'si') return;
      strings.add(unescapeCharacters(item.text));
      isInItem = false;
    },
  });
  for await (const _ of parsing);
  return strings;
}

function tooManyStrings() {
  return unreadableWorkbook(
    `its shared texts are more than ${mostSharedBytes / 1024 / 1024} MiB or ${mostSharedStrings} in number`,
  );
}

function stringTooLong() {
  return unreadableWorkbook(`a shared text has more than ${longestCellChars} characters`);
}
