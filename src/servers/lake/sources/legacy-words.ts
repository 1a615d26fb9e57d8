import { createReadStream } from 'node:fs';

const enoughWords = 2000;
const longestWord = 64;
const mostBytes = 64 * 1024 * 1024;

/** Bytes that a word may be made of: letters of ASCII, what encodings of several bytes end letters with, and all others. */
const firstOfWord = 0x40;

/**
 * Different words of a file that hold a byte outside of ASCII, as Latin-1 text: what tells its encoding. Read until there
 * are enough of them.
 */
export async function legacyWords(file: string): Promise<readonly string[]> {
  const words = new Set<string>();
  const stream = createReadStream(file, { highWaterMark: 1 << 18, end: mostBytes - 1 });
  let held = Buffer.alloc(0);
  for await (const chunk of stream) {
    const bytes = Buffer.concat([held, chunk as Buffer]);
    const from = addWords(words, bytes);
    held = bytes.subarray(Math.max(from, bytes.length - longestWord));
    if (words.size >= enoughWords) break;
  }
  addWords(words, Buffer.concat([held, Buffer.from(' ')]));
  return [...words].slice(0, enoughWords);
}

/** @returns where a word begins that the bytes do not end. */
function addWords(words: Set<string>, bytes: Buffer): number {
  let start = 0;
  let isForeign = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] as number;
    if (byte >= firstOfWord) {
      isForeign ||= byte >= 0x80;
      continue;
    }
    if (isForeign && at - start <= longestWord) words.add(bytes.toString('latin1', start, at));
    start = at + 1;
    isForeign = false;
  }
  return start;
}
