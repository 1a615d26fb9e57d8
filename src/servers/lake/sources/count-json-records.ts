import { createReadStream } from 'node:fs';
import type { JsonFile } from './json-records.ts';
import { isBytewise } from './text-stream.ts';
import { TrailBytes } from './trail-bytes.ts';

/**
 * Counts the records of a JSON document without the reader that cuts them: by its brackets and commas alone, byte by
 * byte. `keys` lead to the array; anything else there is one record.
 */
export async function countJsonRecords(
  { path, encoding }: JsonFile,
  keys: readonly string[],
): Promise<number> {
  const isUtf8 = encoding.encoding === 'utf-8';
  const counter = new MemberCounter(keys, isUtf8);
  const bytesPerUnit = isBytewise(encoding.encoding) ? 1 : 2;
  const isBigEndian = encoding.encoding === 'utf-16be';
  const trails = new TrailBytes(encoding.encoding);
  const stream = createReadStream(path, { start: encoding.bomBytes, highWaterMark: 1 << 20 });
  for await (const chunk of stream) {
    counter.add(
      bytesPerUnit === 1 ? trails.withoutTrails(chunk as Buffer) : lowUnits(chunk as Buffer, isBigEndian),
    );
    if (counter.isDone) break;
  }
  return counter.count;
}

/** UTF-16 as one byte a unit: all that counts here is ASCII, and whatever is not becomes a byte that means nothing. */
function lowUnits(bytes: Buffer, isBigEndian: boolean): Uint8Array {
  const units = new Uint8Array(bytes.length >> 1);
  for (let at = 0; at < units.length; at += 1) {
    const unit = isBigEndian ? bytes.readUInt16BE(2 * at) : bytes.readUInt16LE(2 * at);
    units[at] = unit < 0x80 ? unit : 0xff;
  }
  return units;
}

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

class MemberCounter {
  count = 0;
  isDone = false;
  readonly #keys: readonly string[];
  readonly #isUtf8: boolean;
  #depth = 0;
  /** Keys that were followed; the value that they lead to stands at the same depth. */
  #followed = 0;
  /** The key before the colon was the next of them. */
  #isOnTheWay: boolean;
  #inString = false;
  #isEscaped = false;
  #string: number[] = [];
  /** Depth of the array of records; 0: it has not begun. */
  #inArray = 0;
  #hasMember = false;

  constructor(keys: readonly string[], isUtf8: boolean) {
    this.#isUtf8 = isUtf8;
    this.#keys = isUtf8 ? keys : keys.map(withoutLetters);
    this.#isOnTheWay = keys.length === 0;
  }

  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && !this.isDone; at += 1) {
      const byte = bytes[at] as number;
      if (this.#inString) this.#addToString(byte);
      else if (byte > 0x20 && byte < 0x80) this.#addSign(byte);
    }
  }

  #addToString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === backslash) this.#isEscaped = true;
    else if (byte === quote) this.#inString = false;
    if (this.#inString && this.#inArray === 0 && this.#string.length < 4096) this.#string.push(byte);
  }

  #addSign(byte: number): void {
    if (this.#inArray > 0) this.#countIn(byte);
    else if (this.#isOnTheWay && this.#followed === this.#keys.length) this.#beginRecords(byte);
    else this.#follow(byte);
  }

  #beginRecords(byte: number): void {
    if (byte !== openBracket) {
      this.count = 1;
      this.isDone = true;
      return;
    }
    this.#depth += 1;
    this.#inArray = this.#depth;
  }

  #countIn(byte: number): void {
    const isOutermost = this.#depth === this.#inArray;
    if (isOutermost && byte === closeBracket) {
      this.isDone = true;
      return;
    }
    if (isOutermost && byte === comma) {
      this.count += 1;
      return;
    }
    if (!this.#hasMember) {
      this.#hasMember = true;
      this.count += 1;
    }
    this.#move(byte);
  }

  #follow(byte: number): void {
    const isAtNextKey = this.#depth === this.#followed + 1;
    if (byte === colon && isAtNextKey && this.#isNextKey()) {
      this.#followed += 1;
      this.#isOnTheWay = true;
      return;
    }
    // Where a key led to is no object: its way ends there.
    if (this.#isOnTheWay && byte !== openBrace) this.#followed -= 1;
    this.#isOnTheWay = false;
    this.#move(byte);
    if (byte === closeBrace && this.#depth <= this.#followed) this.#followed = Math.max(0, this.#depth - 1);
  }

  #isNextKey(): boolean {
    const bytes = Buffer.from(this.#string);
    const text = unescaped(this.#isUtf8 ? bytes.toString('utf8') : withoutLetters(bytes.toString('latin1')));
    return text === this.#keys[this.#followed];
  }

  #move(byte: number): void {
    if (byte === quote) {
      this.#inString = true;
      this.#string = [];
    } else if (byte === openBrace || byte === openBracket) this.#depth += 1;
    else if (byte === closeBrace || byte === closeBracket) this.#depth -= 1;
  }
}

/** In encodings of which only the ASCII part is looked at, all other letters are the same. */
function withoutLetters(text: string): string {
  return text.replaceAll(/[^\p{ASCII}]/gu, '?');
}

function unescaped(key: string): string | undefined {
  try {
    return JSON.parse(`"${key}"`) as string;
  } catch {
    // It is no key that anybody asked for.
    return undefined;
  }
}
