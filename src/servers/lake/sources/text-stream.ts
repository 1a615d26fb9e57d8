import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { DetectedEncoding } from './detect-encoding.ts';
import type { Encoding } from './source.ts';
import { TrailBytes } from './trail-bytes.ts';
import { Utf16Units } from './utf16-units.ts';

const chunkBytes = 1 << 20;

/** One character per byte where a unit is a byte, so that offsets and broken bytes stay what they are. */
export function isBytewise(encoding: Encoding): boolean {
  return encoding !== 'utf-16le' && encoding !== 'utf-16be';
}

/** The file's text after its byte order mark; bytewise encodings come as Latin-1 text, to be decoded per record. */
export async function* readText(
  file: string,
  { encoding, bomBytes }: DetectedEncoding,
): AsyncGenerator<string> {
  const stream = createReadStream(file, { highWaterMark: chunkBytes, start: bomBytes });
  if (encoding === 'utf-16le' || encoding === 'utf-16be') {
    const units = new Utf16Units(encoding);
    for await (const chunk of stream) yield units.spell(chunk as Buffer);
    const rest = units.end();
    if (rest !== '') yield rest;
    return;
  }
  const bytes = new TrailBytes(encoding);
  for await (const chunk of stream) yield bytes.spell(chunk as Buffer);
}

export async function readHead(file: string, bytes: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.alloc(bytes);
    const { bytesRead } = await handle.read(buffer, 0, bytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

type Decoder = InstanceType<typeof TextDecoder>;
const decoders = new Map<string, Decoder>();

function decoder(encoding: Encoding, fatal: boolean): Decoder {
  const name = `${encoding} ${fatal}`;
  const known = decoders.get(name);
  if (known) return known;
  const made = new TextDecoder(encoding, { fatal, ignoreBOM: true });
  decoders.set(name, made);
  return made;
}

const outsideAscii = /[^\p{ASCII}]/u;
/** What a byte becomes that has no letter in an encoding of one byte. */
const controlSign = /[\u0080-\u009F]/;

/** Text of `readText` -> proper text; undefined when its bytes are not of that encoding. */
export function decodeExactly(text: string, encoding: Encoding): string | undefined {
  if (!outsideAscii.test(text)) return text;
  if (!isBytewise(encoding)) return text.isWellFormed() ? text : undefined;
  try {
    const proper = decoder(encoding, true).decode(Buffer.from(text, 'latin1'));
    return encoding !== 'utf-8' && controlSign.test(proper) ? undefined : proper;
  } catch {
    // The caller rejects the record by name: this is an answer, not a failure.
    return undefined;
  }
}

export function decodeLoosely(text: string, encoding: Encoding): string {
  const exact = decodeExactly(text, encoding);
  if (exact !== undefined) return exact;
  if (!isBytewise(encoding)) return text.toWellFormed();
  return decoder(encoding, false).decode(Buffer.from(text, 'latin1'));
}

/** Proper text -> the spelling of `readText`, for what is searched there. A sign that the encoding lacks is found nowhere. */
export function spellAsRead(text: string, encoding: Encoding): string {
  if (!outsideAscii.test(text) || !isBytewise(encoding)) return text;
  if (encoding === 'utf-8') return Buffer.from(text, 'utf8').toString('latin1');
  return [...text].map((sign) => spellSign(sign, encoding)).join('');
}

function spellSign(sign: string, encoding: Encoding): string {
  for (let first = 0; first < 0x100; first += 1) {
    if (decodeExactly(String.fromCharCode(first), encoding) === sign) return String.fromCharCode(first);
  }
  for (let first = 0x81; first < 0xff; first += 1) {
    for (let second = 0x40; second < 0xff; second += 1) {
      const bytes = Buffer.from([first, second]);
      if (decodeExactly(bytes.toString('latin1'), encoding) === sign) {
        return new TrailBytes(encoding).spell(bytes);
      }
    }
  }
  return sign;
}
