import { closeSync, openSync, readSync } from 'node:fs';
import { LogError } from '../../errors/index.ts';

const chunkBytes = 1 << 20;
/** The first line says what a file is: what has none within this length is something else, and is not read on. */
const firstLineBytes = 1 << 20;
/** No string of this program is longer, so no line of an export is. */
const lineBytes = 500_000_000;

/** The file's lines, without their ends, one at a time: an export may be larger than a string can be. */
export function* readLines(file: string): Generator<string> {
  const descriptor = openSync(file, 'r');
  try {
    yield* splitLines(file, chunksOf(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

function* chunksOf(descriptor: number): Generator<Buffer> {
  for (;;) {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    const length = readSync(descriptor, chunk);
    if (length === 0) return;
    yield chunk.subarray(0, length);
  }
}

function* splitLines(file: string, chunks: Iterable<Buffer>): Generator<string> {
  let parts: Buffer[] = [];
  let length = 0;
  let lineNumber = 1;
  for (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield decoded([...parts, chunk.subarray(from, end)], { file, lineNumber });
      parts = [];
      length = 0;
      lineNumber += 1;
      from = end + 1;
    }
    parts.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > (lineNumber === 1 ? firstLineBytes : lineBytes)) throw tooLong({ file, lineNumber });
  }
  if (length > 0) yield decoded(parts, { file, lineNumber });
}

interface Place {
  readonly file: string;
  readonly lineNumber: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decoded(parts: readonly Buffer[], { file, lineNumber }: Place): string {
  const [only, ...others] = parts;
  const bytes = others.length === 0 ? (only ?? Buffer.alloc(0)) : Buffer.concat(parts);
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new LogError({
      code: 'LOG_CORRUPT',
      message: `${file}: line ${lineNumber} is not UTF-8: no line of a run export.`,
      hint: 'name a file that `aiworkflow export <run> --out file.jsonl` wrote; copy it again if it was.',
      details: { file, line: lineNumber },
      cause,
    });
  }
}

function tooLong({ file, lineNumber }: Place): LogError {
  return new LogError({
    code: 'LOG_CORRUPT',
    message: `${file}: line ${lineNumber} is too long to be a line of a run export.`,
    hint: 'name a file that `aiworkflow export <run> --out file.jsonl` wrote.',
    details: { file, line: lineNumber },
  });
}
