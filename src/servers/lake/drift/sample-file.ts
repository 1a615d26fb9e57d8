import { createHash } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** A file that can be read whole: the file itself, or parts of it put together. */
export interface SampledFile {
  readonly absolute: string;
  /** False: windows spread over the file were taken. */
  readonly whole: boolean;
  remove(): Promise<void>;
}

/** Files up to this size are looked at whole: less than a second for each reading that is tried. */
const wholeUpToBytes = 8 * 1024 * 1024;
const headBytes = 1024 * 1024;
const windowBytes = 256 * 1024;
const windows = 28;

/**
 * The head of a large text file and windows that are evenly spread over the rest, each cut at line ends, as a file of
 * at most 8 MiB: drift may begin in the middle of a file that two exports were joined into. A field that holds line
 * ends may be cut; it costs a record per window.
 */
export async function sampleFile(
  absolute: string,
  { bytes, unitBytes }: { bytes: number; unitBytes: 1 | 2 },
): Promise<SampledFile> {
  if (bytes <= wholeUpToBytes) return { absolute, whole: true, remove: async () => undefined };
  const parts = await readParts(absolute, { bytes, unitBytes });
  const folder = await mkdtemp(join(tmpdir(), 'aiworkflow-sample-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const name = createHash('sha256').update(absolute).digest('hex').slice(0, 8);
    const sample = join(folder, `${name}-${basename(absolute)}`);
    await writeFile(sample, Buffer.concat(parts), { mode: 0o600 });
    return { absolute: sample, whole: false, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function readParts(
  absolute: string,
  { bytes, unitBytes }: { bytes: number; unitBytes: 1 | 2 },
): Promise<Buffer[]> {
  const handle = await open(absolute, 'r');
  try {
    const read = async (start: number, length: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, start);
      return buffer.subarray(0, bytesRead);
    };
    const head = await read(0, headBytes);
    const lineEnd = unitBytes === 1 ? Buffer.from('\n') : utf16LineEnd(head);
    const parts = [head.subarray(0, endOfLastLine(head, lineEnd))];
    const stride = (bytes - headBytes - windowBytes) / (windows - 1);
    for (let index = 0; index < windows; index += 1) {
      const start = headBytes + Math.floor((index * stride) / 2) * 2;
      parts.push(wholeLines(await read(start, windowBytes), lineEnd));
    }
    return parts;
  } finally {
    await handle.close();
  }
}

function utf16LineEnd(head: Buffer): Buffer {
  const little = Buffer.from([10, 0]);
  const big = Buffer.from([0, 10]);
  return head.indexOf(big) % 2 === 0 ? big : little;
}

function wholeLines(part: Buffer, lineEnd: Buffer): Buffer {
  const first = part.indexOf(lineEnd);
  return first < 0 ? Buffer.alloc(0) : part.subarray(first + lineEnd.length, endOfLastLine(part, lineEnd));
}

function endOfLastLine(part: Buffer, lineEnd: Buffer): number {
  const last = part.lastIndexOf(lineEnd);
  return last < 0 ? part.length : last + lineEnd.length;
}
