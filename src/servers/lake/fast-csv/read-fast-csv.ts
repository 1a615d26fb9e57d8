import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { LakeFailure } from '../lake-failure.ts';
import { GrowingBatch, type SourceRecord } from '../sources/source.ts';
import { GrowingChunk } from './chunk.ts';
import { type CopyFile, CopyFiles } from './copy-files.ts';
import { type CsvChunk, copierGrammar, type FastCsvFile, type FastCsvReading } from './fast-csv.ts';
import { type DamagedPart, findDamage } from './find-damage.ts';
import { LineMarks } from './line-marks.ts';
import { PlainLineCopier } from './plain-line-copier.ts';
import { readRecordsAt, recordReader } from './read-records-at.ts';
import { fieldSeparator, longestCleanRecord, RecordCopier, verdict } from './record-copier.ts';
import type { RecordReader } from './record-reader.ts';

/** As much as stays in the processor's own memory while it is read, looked at, copied and written. */
const usualBlockBytes = 256 * 1024;
/** Lines may be of a few bytes. */
const mostChunkLines = 4_000_000;
const lineFeed = 10;

export interface FastCsvSettings {
  /** Where the copies are put. Its owner removes what is left of them. */
  readonly folder: string;
  /** Of the file, so many are a chunk at most. */
  readonly chunkBytes: number;
  /** Read and copied at once. */
  readonly blockBytes?: number;
}

/** Reads the file in chunks, each when it is asked for. */
export function readFastCsv(file: FastCsvFile, settings: FastCsvSettings): FastCsvReading {
  const progress = { lines: 0 };
  const marks = new LineMarks();
  return {
    chunks: readChunks(file, { ...settings, progress, marks }),
    readAgain: (lines) => readAgain(file, { lines, marks }),
    unitsRead: () => progress.lines,
  };
}

type ScannerSettings = FastCsvSettings & { readonly progress: { lines: number }; readonly marks: LineMarks };

function* readAgain(
  file: FastCsvFile,
  { lines, marks }: { lines: readonly number[]; marks: LineMarks },
): Generator<readonly SourceRecord[]> {
  const batch = new GrowingBatch();
  for (const record of readRecordsAt(lines, { file, marks })) {
    batch.add(record);
    if (batch.isFull) yield batch.take();
  }
  if (!batch.isEmpty) yield batch.take();
}

async function* readChunks(file: FastCsvFile, settings: ScannerSettings): AsyncGenerator<CsvChunk> {
  const scanner = new FastCsvScanner(file, settings);
  try {
    for (let chunk = await scanner.nextChunk(); chunk !== undefined; chunk = await scanner.nextChunk())
      yield chunk;
  } finally {
    scanner.close();
  }
}

class FastCsvScanner {
  readonly #file: FastCsvFile;
  readonly #settings: ScannerSettings;
  #chunks = 0;
  readonly #handle: number;
  readonly #size: number;
  readonly #reader: RecordReader;
  readonly #lines: PlainLineCopier;
  readonly #copier: RecordCopier;
  readonly #plainCopies: CopyFiles;
  readonly #quotedCopies: CopyFiles;
  readonly #block: Buffer;
  readonly #blockBytes: number;
  #offset: number;
  #line = 1;

  constructor(file: FastCsvFile, settings: ScannerSettings) {
    const grammar = copierGrammar(file);
    if (grammar === undefined) throw new LakeFailure('This dialect is not read in chunks.');
    this.#file = file;
    this.#settings = settings;
    this.#handle = openSync(file.path, 'r');
    this.#size = fstatSync(this.#handle).size;
    this.#offset = file.encoding.bomBytes;
    const blockBytes = settings.blockBytes ?? usualBlockBytes;
    this.#blockBytes = blockBytes;
    const outputBytes = 2 * (blockBytes + longestCleanRecord);
    // A few bytes more than are read: a last line without its end gets one.
    this.#lines = new PlainLineCopier(grammar, { inputBytes: blockBytes + 8, outputBytes });
    this.#copier = new RecordCopier(grammar, new Uint8Array(outputBytes));
    this.#block = this.#lines.input;
    this.#plainCopies = new CopyFiles(settings.folder);
    this.#quotedCopies = new CopyFiles(settings.folder);
    this.#reader = recordReader(file, this.#handle);
    this.#skipHead();
  }

  /** Undefined at the end of the file. */
  async nextChunk(): Promise<CsvChunk | undefined> {
    if (this.#isAtEnd) return undefined;
    const chunk = new GrowingChunk({
      file: this.#file,
      firstLine: this.#line,
      marks: this.#settings.marks,
    });
    const plain = this.#plainCopies.open();
    try {
      const quoted = this.#quotedCopies.open();
      try {
        await this.#fill(chunk, { plain, quoted });
      } finally {
        quoted.close();
      }
      const delimiter = String.fromCharCode(fieldSeparator);
      chunk.addCopy({ files: this.#quotedCopies, copy: quoted, delimiter });
    } finally {
      plain.close();
    }
    chunk.addCopy({ files: this.#plainCopies, copy: plain, delimiter: this.#file.dialect.delimiter });
    return chunk;
  }

  async #fill(chunk: GrowingChunk, copies: { plain: CopyFile; quoted: CopyFile }): Promise<void> {
    const left = this.#size - this.#offset;
    const isFirst = this.#chunks++ === 0;
    const end = this.#offset + nextChunkBytes(this.#settings.chunkBytes, { isFirst, left });
    while (!this.#isAtEnd && this.#offset < end && chunk.lines < mostChunkLines) {
      this.#copyBlock(chunk, copies);
      // The database answers between two blocks.
      await setImmediate();
    }
  }

  close(): void {
    closeSync(this.#handle);
  }

  get #isAtEnd(): boolean {
    return this.#offset >= this.#size;
  }

  /** Lines above the table and the header are no records. */
  #skipHead(): void {
    const { header, skip_lines } = this.#file.dialect;
    let headerPending = header;
    while (!this.#isAtEnd && (headerPending || this.#line <= skip_lines)) {
      const start = this.#line;
      const { row, lines, next } = this.#reader.readRow(this.#offset, start);
      const isPreamble = row === undefined || row.line <= skip_lines;
      if (!isPreamble && !headerPending) return;
      if (!isPreamble) headerPending = false;
      this.#moveOn(lines, next);
    }
  }

  #moveOn(lines: number, next: number): void {
    this.#line += lines;
    this.#settings.progress.lines += lines;
    this.#offset = next;
  }

  #copyBlock(chunk: GrowingChunk, copies: { plain: CopyFile; quoted: CopyFile }): void {
    const end = this.#readBlock();
    if (end === 0) {
      this.#takeUnclean(chunk);
      return;
    }
    const lines = this.#lines;
    const copier = this.#copier;
    const blockStart = this.#offset;
    copier.input = this.#block;
    copier.outputEnd = 0;
    lines.begin(end);
    const damage = new DamageFinder(this.#block, { end, isText: this.#file.encoding.encoding === 'utf-8' });
    const isFull = (): boolean => Math.max(lines.outputEnd, copier.outputEnd) >= 2 * this.#blockBytes;
    for (let at = 0; at < end && !isFull(); ) {
      const lineEnd = lines.plainEnd(at);
      if (lineEnd >= 0 && !damage.isIn(at, lineEnd)) {
        lines.copyLine(this.#line, { from: at, end: lineEnd });
        chunk.addClean(this.#line, blockStart + at);
        at = lineEnd + 1;
        this.#moveOn(1, Math.min(blockStart + at, this.#size));
      } else {
        at = this.#copyRecord(chunk, { at, blockStart, damage });
      }
    }
    copies.plain.write(lines.output);
    copies.quoted.write(copier.output.subarray(0, copier.outputEnd));
  }

  /** @returns where the next record starts in the block. */
  #copyRecord(
    chunk: GrowingChunk,
    { at, blockStart, damage }: { at: number; blockStart: number; damage: DamageFinder },
  ): number {
    const copier = this.#copier;
    const outputStart = copier.outputEnd;
    copier.at = at;
    let found = copier.copyRecord(this.#line);
    if (found === verdict.clean && damage.isIn(at, copier.at)) {
      copier.outputEnd = outputStart;
      found = verdict.unclean;
    }
    if (found === verdict.unclean) {
      this.#offset = blockStart + at;
      this.#takeUnclean(chunk);
      damage.moveTo(this.#offset - blockStart);
      return this.#offset - blockStart;
    }
    if (found === verdict.clean) chunk.addClean(this.#line, blockStart + at);
    this.#moveOn(1, Math.min(blockStart + copier.at, this.#size));
    return copier.at;
  }

  /**
   * Whole lines from the offset on; 0 when there is no line end in a block of bytes. A last line without its end has one
   * behind the bytes that are counted.
   */
  #readBlock(): number {
    const bytes = readSync(this.#handle, this.#block, 0, this.#blockBytes, this.#offset);
    const isLast = this.#offset + bytes >= this.#size;
    if (isLast && bytes > 0 && this.#block[bytes - 1] !== lineFeed) {
      this.#block[bytes] = lineFeed;
      return bytes;
    }
    return bytes === 0 ? 0 : this.#block.lastIndexOf(lineFeed, bytes - 1) + 1;
  }

  #takeUnclean(chunk: GrowingChunk): void {
    const { row, lines, next } = this.#reader.readRow(this.#offset, this.#line);
    if (row !== undefined) chunk.addOther(row.line, row.offset + this.#file.encoding.bomBytes);
    // A file that became shorter while it was read must not be read for ever; the second count finds it out.
    this.#moveOn(lines, next > this.#offset ? next : this.#size);
  }
}

/**
 * The first chunk is a small one, so that its writer need not wait long; the last ones are, so that no writer is the only
 * one that still works for long.
 */
function nextChunkBytes(mostBytes: number, { isFirst, left }: { isFirst: boolean; left: number }): number {
  const fewest = mostBytes / 4;
  if (left < 1.5 * fewest) return left;
  return isFirst ? fewest : Math.min(Math.max(left / 4, fewest), mostBytes);
}

/** Tells for records in their order whether they hold a byte that is no UTF-8. */
class DamageFinder {
  readonly #bytes: Buffer;
  readonly #parts: readonly DamagedPart[];
  #part = 0;

  constructor(bytes: Buffer, { end, isText }: { end: number; isText: boolean }) {
    this.#bytes = bytes;
    this.#parts = isText ? findDamage(bytes, 0, end) : [];
  }

  isIn(from: number, to: number): boolean {
    this.moveTo(from);
    const part = this.#parts[this.#part];
    return part !== undefined && part.from < to && !isUtf8(this.#bytes.subarray(from, to));
  }

  moveTo(from: number): void {
    while ((this.#parts[this.#part]?.to ?? Number.POSITIVE_INFINITY) <= from) this.#part += 1;
  }
}
