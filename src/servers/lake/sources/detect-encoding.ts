import type { FileFacts } from './file-facts.ts';
import type { Encoding } from './source.ts';

export interface DetectedEncoding {
  readonly encoding: Encoding;
  /** Bytes of the byte order mark, to be skipped. */
  readonly bomBytes: number;
}

/** By byte order mark, then by zero bytes, then by what is valid UTF-8 in the whole file. */
export function detectEncoding(head: Buffer, facts: FileFacts): DetectedEncoding {
  const byMark = encodingOfMark(head);
  if (byMark) return byMark;
  if (facts.hasNulBytes) return { encoding: utf16ByZeros(head), bomBytes: 0 };
  // More broken bytes than whole sequences: the file was never UTF-8. Fewer: a UTF-8 file with damaged rows.
  const isLatin = facts.invalidUtf8Bytes > facts.utf8Sequences;
  return { encoding: isLatin ? 'windows-1252' : 'utf-8', bomBytes: 0 };
}

export function encodingOfMark(head: Buffer): DetectedEncoding | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: 'utf-8', bomBytes: 3 };
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', bomBytes: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', bomBytes: 2 };
  return undefined;
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
