import { isAscii, isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { ByteCounter } from './count-byte.ts';
import { doubtWindows1252, type EncodingDoubt } from './fitting-encodings.ts';
import { hashBeside } from './hash-beside.ts';

/** What the bytes of a file tell. */
export interface FileFacts {
  readonly bytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
  /**
   * Sequences of two and more bytes that are valid UTF-8, and the bytes that belong to none. Where those are few, there are
   * at least so many sequences: they are counted no further than the encoding depends on it.
   */
  readonly utf8Sequences: number;
  readonly invalidUtf8Bytes: number;
  readonly hasNulBytes: boolean;
  /** Given where most bytes outside of ASCII are not UTF-8, and as windows-1252 they make no words. */
  readonly doubt?: EncodingDoubt;
  /** Ends of lines by the byte 0x0A, and a last line without its end. */
  readonly physicalLines: number;
  /** See `fileState`: as it was when the reading began. */
  readonly state: string;
}

/** Place, size and time of the last change of a file: while they are the same, so is what was counted in it. */
export async function fileState(file: string): Promise<string> {
  const { dev, ino, size, mtimeNs } = await stat(file, { bigint: true });
  return [dev, ino, size, mtimeNs].join(' ');
}

const chunkBytes = 1 << 20;
const lineFeed = 10;

/** A smaller file is hashed and counted before a thread would be up. */
const largeFileBytes = 64 * 1024 * 1024;

export async function readFileFacts(file: string): Promise<FileFacts> {
  const facts = await countFacts(file);
  if (!isLegacyText(facts) || facts.hasNulBytes) return facts;
  const doubt = await doubtWindows1252(file);
  return doubt === undefined ? facts : { ...facts, doubt };
}

/** Text in an encoding of before UTF-8, in which some bytes may look like it by chance. */
export function isLegacyText({ invalidUtf8Bytes, utf8Sequences }: FileFacts): boolean {
  return invalidUtf8Bytes > utf8Sequences;
}

async function countFacts(file: string): Promise<FileFacts> {
  const state = await fileState(file);
  const { size } = await stat(file);
  if (size < largeFileBytes) return readOnce(file, state);
  const running = hashBeside(file);
  try {
    const [hashed, counted] = await Promise.all([running.hashed, countBytes(file)]);
    // Two readers of a file that grows see two contents: one reader sees one.
    const isOneContent = hashed.size === counted.bytes && (await fileState(file)) === state;
    return isOneContent
      ? { ...counted, sha256: hashed.sha256, state }
      : await readOnce(file, await fileState(file));
  } finally {
    await running.stop();
  }
}

async function readOnce(file: string, state: string): Promise<FileFacts> {
  const hash = createHash('sha256');
  const counted = await countBytes(file, (bytes) => hash.update(bytes));
  return { ...counted, sha256: hash.digest('hex'), state };
}

/** One block after the other while it is in the processor's memory: all is counted in one reading. */
async function countBytes(
  file: string,
  alsoTake?: (bytes: Buffer) => void,
): Promise<Omit<FileFacts, 'sha256' | 'state'>> {
  const utf8 = new Utf8Counter();
  const buffer = Buffer.from(new ArrayBuffer(chunkBytes));
  const lineFeeds = new ByteCounter(buffer, lineFeed);
  let hasNulBytes = false;
  let lines = 0;
  let last = lineFeed;
  const size = await readBlocks(file, {
    buffer,
    take: (bytes) => {
      alsoTake?.(bytes);
      utf8.add(bytes);
      hasNulBytes ||= bytes.includes(0);
      lines += lineFeeds.count(0, bytes.length);
      last = bytes[bytes.length - 1] ?? last;
    },
  });
  utf8.end();
  const counted = utf8.isDoubtful ? await countAll(file) : utf8;
  return {
    bytes: size,
    utf8Sequences: counted.sequences,
    invalidUtf8Bytes: counted.invalid,
    hasNulBytes,
    physicalLines: last === lineFeed ? lines : lines + 1,
  };
}

/** @returns bytes of the file, as many as were read. */
async function readBlocks(
  file: string,
  { buffer, take }: { buffer: Buffer; take: (bytes: Buffer) => void },
): Promise<number> {
  const handle = await open(file, 'r');
  try {
    let offset = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
      if (bytesRead === 0) return offset;
      take(buffer.subarray(0, bytesRead));
      offset += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

async function countAll(file: string): Promise<Utf8Counter> {
  const utf8 = new Utf8Counter({ countsAll: true });
  for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes })) utf8.add(chunk as Buffer);
  utf8.end();
  return utf8;
}

/** Bytes that are looked at together: where all of them are in order they are not looked at one by one. */
const partBytes = 64 * 1024;
const smallPartBytes = 2048;
/** Up to here they are counted one by one. */
const enoughSequences = 10_000;

/** Counts instead of throwing: three broken bytes in a UTF-8 file are another case than a Latin-1 file. */
class Utf8Counter {
  sequences = 0;
  invalid = 0;
  /** Parts with sequences of which only one was counted. */
  #uncounted = 0;
  readonly #countsAll: boolean;
  #pending = 0;
  /** Bytes of the sequence that is not whole yet. */
  #held = 0;
  /** What its next byte may be: overlong forms and surrogates are no UTF-8. */
  #lowest = 0x80;
  #highest = 0xbf;

  constructor({ countsAll }: { countsAll: boolean } = { countsAll: false }) {
    this.#countsAll = countsAll;
  }

  /** What was not counted could decide which encoding it is. */
  get isDoubtful(): boolean {
    return this.#uncounted > 0 && this.invalid > this.sequences;
  }

  add(bytes: Buffer): void {
    this.#addParts(bytes, { from: 0, to: bytes.length, size: this.#countsAll ? smallPartBytes : partBytes });
  }

  #addParts(bytes: Buffer, { from, to, size }: { from: number; to: number; size: number }): void {
    let at = from;
    while (at < to) {
      const end = Math.min(at + size, to);
      // Behind the last byte of ASCII a sequence may be cut in two.
      const whole = this.#pending === 0 ? endOfWhole(bytes, at, end) : at;
      if (whole > at && isUtf8(bytes.subarray(at, whole))) {
        this.#addValid(bytes, at, whole);
        at = whole;
      } else if (size > smallPartBytes) {
        this.#addParts(bytes, { from: at, to: end, size: smallPartBytes });
        at = end;
      } else {
        for (; at < end; at += 1) this.#addByte(bytes[at] as number);
      }
    }
  }

  #addValid(bytes: Buffer, from: number, end: number): void {
    if (isAscii(bytes.subarray(from, end))) return;
    if (this.#countsAll || this.sequences < enoughSequences) {
      this.sequences += countLeads(bytes, from, end);
      return;
    }
    this.sequences += 1;
    this.#uncounted += 1;
  }

  end(): void {
    this.#breakSequence();
  }

  #addByte(byte: number): void {
    if (this.#pending > 0) {
      if (byte >= this.#lowest && byte <= this.#highest) {
        this.#continueSequence();
        return;
      }
      this.#breakSequence();
    }
    if (byte >= 0x80) this.#startSequence(byte);
  }

  #startSequence(lead: number): void {
    this.#pending = continuationBytes(lead);
    if (this.#pending === 0) {
      this.invalid += 1;
      return;
    }
    this.#held = 1;
    this.#lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    this.#highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  }

  #continueSequence(): void {
    this.#pending -= 1;
    this.#held += 1;
    this.#lowest = 0x80;
    this.#highest = 0xbf;
    if (this.#pending === 0) this.sequences += 1;
  }

  #breakSequence(): void {
    if (this.#pending > 0) this.invalid += this.#held;
    this.#pending = 0;
  }
}

function continuationBytes(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 1;
  if (lead >= 0xe0 && lead <= 0xef) return 2;
  if (lead >= 0xf0 && lead <= 0xf4) return 3;
  return 0;
}

/** The end of the part, less a sequence of at most four bytes that may go on behind it. */
function endOfWhole(bytes: Buffer, from: number, end: number): number {
  let whole = end;
  while (whole > from && end - whole < 3 && (bytes[whole - 1] as number) >= 0x80) {
    whole -= 1;
    if ((bytes[whole] as number) >= 0xc0) return whole;
  }
  return end - whole < 3 ? whole : end;
}

/** In valid UTF-8 each sequence has one byte of 0xC0 and more. */
function countLeads(bytes: Buffer, from: number, end: number): number {
  let leads = 0;
  for (let at = from; at < end; at += 1) leads += (bytes[at] as number) >= 0xc0 ? 1 : 0;
  return leads;
}

/**
 * Physical lines by their ends alone, on the bytes: the count that the CSV reader's own is checked against.
 * A last line without an end counts.
 */
export async function countPhysicalLines(
  file: string,
  units: { readonly lineEndCode: number; readonly bytesPerUnit: 1 | 2; readonly bigEndian: boolean },
): Promise<number> {
  const lineEnd = Buffer.from(
    units.bytesPerUnit === 1
      ? [units.lineEndCode]
      : units.bigEndian
        ? [0, units.lineEndCode]
        : [units.lineEndCode, 0],
  );
  let lines = 0;
  let endsWithLineEnd = true;
  for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes })) {
    const bytes = chunk as Buffer;
    lines += countIn(bytes, lineEnd);
    endsWithLineEnd = bytes.subarray(-lineEnd.length).equals(lineEnd);
  }
  return endsWithLineEnd ? lines : lines + 1;
}

/** Chunks are of even length but for the last, so that a two-byte unit is never cut. */
function countIn(bytes: Buffer, lineEnd: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineEnd); at >= 0; at = bytes.indexOf(lineEnd, at + 1)) {
    if (at % lineEnd.length === 0) count += 1;
  }
  return count;
}
