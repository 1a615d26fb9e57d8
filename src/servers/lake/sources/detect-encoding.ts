import { LakeFailure } from '../lake-failure.ts';
import type { FileFacts } from './file-facts.ts';
import type { Encoding } from './source.ts';

export interface DetectedEncoding {
  readonly encoding: Encoding;
  /** Bytes of the byte order mark, to be skipped. */
  readonly bomBytes: number;
}

/**
 * By byte order mark, then by zero bytes, then by what is valid UTF-8 in the whole file.
 * @throws LakeFailure for UTF-32.
 */
export function detectEncoding(head: Buffer, facts: FileFacts): DetectedEncoding {
  if (isUtf32(head)) {
    throw new LakeFailure(
      'The file is in UTF-32, which the lake does not read.',
      'convert it to UTF-8: iconv -f UTF-32 -t UTF-8.',
    );
  }
  const byMark = encodingOfMark(head);
  if (byMark) return byMark;
  if (facts.hasNulBytes) return { encoding: utf16ByZeros(head), bomBytes: 0 };
  return { encoding: isWindows1252(facts) ? 'windows-1252' : 'utf-8', bomBytes: 0 };
}

/** So many bytes outside of UTF-8 outweigh one valid sequence. */
const strayBytesPerSequence = 20;

/**
 * In windows-1252 text a valid sequence comes about only where a capital or ß meets a sign (`É®`, `ß“`). And the two
 * mistakes are not alike: damaged UTF-8 read as windows-1252 garbles every letter and nobody hears of it; the other way
 * round, records are rejected by name.
 */
function isWindows1252({ invalidUtf8Bytes, utf8Sequences }: FileFacts): boolean {
  return invalidUtf8Bytes > utf8Sequences * strayBytesPerSequence;
}

export function encodingOfMark(head: Buffer): DetectedEncoding | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', bomBytes: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', bomBytes: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', bomBytes: 2 };
  return undefined;
}

/** Every four bytes are the number of a letter: below 0x110000, and none is 0. */
function isUtf32(head: Buffer): boolean {
  const starts = Array.from({ length: Math.min(head.length >> 2, 256) }, (_, unit) => unit * 4);
  const isLetter = (code: number): boolean => code > 0 && code < 0x110000;
  return (
    starts.length > 1 &&
    (starts.every((at) => isLetter(head.readUInt32LE(at))) ||
      starts.every((at) => isLetter(head.readUInt32BE(at))))
  );
}

function utf16ByZeros(head: Buffer): Encoding {
  let even = 0;
  let odd = 0;
  head.forEach((byte, index) => {
    if (byte !== 0) return;
    if (index % 2 === 0) even += 1;
    else odd += 1;
  });
  // A few stray NULs are damage, not UTF-16: there every second byte of Western text is zero.
  if (Math.max(even, odd) < head.length / 8) return 'utf-8';
  return even > odd ? 'utf-16be' : 'utf-16le';
}
