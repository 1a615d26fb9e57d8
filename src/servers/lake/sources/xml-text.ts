import { createReadStream } from 'node:fs';
import type { DetectedEncoding } from './detect-encoding.ts';

export interface XmlFile {
  readonly path: string;
  readonly encoding: DetectedEncoding;
}

export interface XmlPiece {
  readonly text: string;
  /** What was read for it: a character that is cut in two is in the text of the next one. */
  readonly bytes: Buffer;
  /** Where they stand in the file. */
  readonly byteOffset: number;
}

const pieceBytes = 1 << 20;

/** The document as proper text, piece by piece; broken bytes become U+FFFD. */
export async function* xmlPieces({ path, encoding }: XmlFile): AsyncGenerator<XmlPiece> {
  const decoder = new TextDecoder(encoding.encoding, { ignoreBOM: true });
  let byteOffset = encoding.bomBytes;
  for await (const chunk of createReadStream(path, { highWaterMark: pieceBytes, start: encoding.bomBytes })) {
    const bytes = chunk as Buffer;
    const piece = { text: decoder.decode(bytes, { stream: true }), bytes, byteOffset };
    yield byteOffset === encoding.bomBytes ? withoutMark(piece, encoding) : piece;
    byteOffset += bytes.length;
  }
  const rest = decoder.decode();
  if (rest !== '') yield { text: rest, bytes: Buffer.alloc(0), byteOffset };
}

/** A mark that the encoding was not told by. */
function withoutMark({ text, bytes, byteOffset }: XmlPiece, { encoding }: DetectedEncoding): XmlPiece {
  if (!text.startsWith('\uFEFF')) return { text, bytes, byteOffset };
  const length = encoding === 'utf-8' ? 3 : 2;
  return { text: text.slice(1), bytes: bytes.subarray(length), byteOffset: byteOffset + length };
}

export async function* xmlText(file: XmlFile): AsyncGenerator<string> {
  for await (const { text } of xmlPieces(file)) yield text;
}
