import type { Encoding } from './source.ts';
import { isBytewise } from './text-stream.ts';
import type { XmlPiece } from './xml-text.ts';

interface OpenPiece extends XmlPiece {
  /** Of its text, among the characters of the document. */
  readonly start: number;
  /** The last angle bracket that was found: its place in the text and in the bytes. */
  at: number;
  byteAt: number;
}

/** Tags of more than four pieces are refused by the parser. */
const mostPieces = 8;

/**
 * Where tags start in the file. The parser counts characters, and of broken bytes nobody can tell afterwards how many a
 * character was: so angle brackets are counted, in the text and in the bytes, where they are part of nothing else.
 */
export class XmlTagOffsets {
  readonly #isBytewise: boolean;
  #pieces: OpenPiece[] = [];
  #firstByte: number | undefined;
  #end = 0;

  constructor(encoding: Encoding) {
    this.#isBytewise = isBytewise(encoding);
  }

  push(piece: XmlPiece): void {
    this.#firstByte ??= piece.byteOffset;
    if (!this.#isBytewise) return;
    this.#pieces.push({ ...piece, start: this.#end, at: -1, byteAt: -1 });
    this.#end += piece.text.length;
    if (this.#pieces.length > mostPieces) this.#pieces.shift();
  }

  /** Of the tag whose bracket is that character of the document. They are asked for in their order. Null: it is long past. */
  of(position: number): number | null {
    if (!this.#isBytewise) return (this.#firstByte ?? 0) + 2 * position;
    this.#pieces = this.#pieces.filter(({ start, text }) => start + text.length > position);
    const [piece] = this.#pieces;
    if (piece === undefined || piece.start > position) return null;
    while (piece.start + piece.at < position) {
      piece.at = piece.text.indexOf('<', piece.at + 1);
      piece.byteAt = piece.bytes.indexOf('<', piece.byteAt + 1, 'latin1');
      if (piece.at < 0 || piece.byteAt < 0) return null;
    }
    return piece.start + piece.at === position ? piece.byteOffset + piece.byteAt : null;
  }
}
