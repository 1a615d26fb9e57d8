import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { DetectedEncoding } from './detect-encoding.ts';
import type { Encoding } from './source.ts';

const chunkBytes = 1 << 20;

/** One character per byte for the one-byte-unit encodings, so that offsets and broken bytes stay what they are. */
export function isBytewise(encoding: Encoding): boolean {
  return encoding === 'utf-8' || encoding === 'windows-1252';
}

/** The file's text after its byte order mark; bytewise encodings come as Latin-1 text, to be decoded per record. */
export async function* readText(
  file: string,
  { encoding, bomBytes }: DetectedEncoding,
): AsyncGenerator<string> {
  const stream = createReadStream(file, { highWaterMark: chunkBytes, start: bomBytes });
  if (isBytewise(encoding)) {
    for await (const chunk of stream) yield (chunk as Buffer).toString('latin1');
    return;
  }
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  for await (const chunk of stream) yield decoder.decode(chunk as Buffer, { stream: true });
  const rest = decoder.decode();
  if (rest !== '') yield rest;
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

const decoders = {
  'utf-8': new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }),
  'windows-1252': new TextDecoder('windows-1252', { fatal: true }),
};
const looseUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });

const outsideAscii = /[^\p{ASCII}]/u;

/** Text of `readText` -> proper text; undefined when its bytes are not of that encoding. */
export function decodeExactly(text: string, encoding: Encoding): string | undefined {
  if ((encoding !== 'utf-8' && encoding !== 'windows-1252') || !outsideAscii.test(text)) return text;
  try {
    return decoders[encoding].decode(Buffer.from(text, 'latin1'));
  } catch {
    // The caller rejects the record by name: this is an answer, not a failure.
    return undefined;
  }
}

export function decodeLoosely(text: string, encoding: Encoding): string {
  return decodeExactly(text, encoding) ?? looseUtf8.decode(Buffer.from(text, 'latin1'));
}

/** Proper text -> the spelling of `readText`, for what is searched there. */
export function spellAsRead(text: string, encoding: Encoding): string {
  return encoding === 'utf-8' ? Buffer.from(text, 'utf8').toString('latin1') : text;
}
