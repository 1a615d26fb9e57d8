import { createReadStream } from 'node:fs';
import type { DetectedEncoding } from './detect-encoding.ts';

export interface XmlFile {
  readonly path: string;
  readonly encoding: DetectedEncoding;
}

const pieceBytes = 1 << 20;

/** The document as proper text, piece by piece; broken bytes become U+FFFD. */
export async function* xmlText({ path, encoding }: XmlFile): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding.encoding, { ignoreBOM: true });
  let isFirst = true;
  for await (const bytes of createReadStream(path, { highWaterMark: pieceBytes, start: encoding.bomBytes })) {
    const piece = decoder.decode(bytes as Buffer, { stream: true });
    yield isFirst ? piece.replace(/^\uFEFF/, '') : piece;
    isFirst = false;
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}
