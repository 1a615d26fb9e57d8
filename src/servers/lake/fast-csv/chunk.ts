import { LakeFailure } from '../lake-failure.ts';
import { batchSize, type SourceRecord } from '../sources/source.ts';
import type { CsvChunk, CsvCopy, FastCsvFile } from './fast-csv.ts';
import { LineSet } from './line-set.ts';
import type { RecordReader } from './record-reader.ts';

const linesPerMark = 512;

/** A chunk while it is written: what was copied, where its lines are, and what was not clean. */
export class GrowingChunk implements CsvChunk {
  readonly copies: CsvCopy[] = [];
  readonly records: SourceRecord[] = [];
  readonly #file: FastCsvFile;
  readonly #reader: RecordReader;
  readonly #lines: LineSet;
  /** Every so many lines, the byte where a line starts: between two of them lines are counted again. */
  readonly #marks: { readonly line: number; readonly offset: number }[] = [];
  #nextMark = 0;

  constructor({ file, reader, firstLine }: { file: FastCsvFile; reader: RecordReader; firstLine: number }) {
    this.#file = file;
    this.#reader = reader;
    this.#lines = new LineSet(firstLine);
  }

  get cleanRows(): number {
    return this.#lines.size;
  }

  addClean(line: number, offset: number): void {
    this.#lines.add(line);
    if (line < this.#nextMark) return;
    this.#marks.push({ line, offset });
    this.#nextMark = line + linesPerMark;
  }

  taken(words: Iterable<{ readonly word: number; readonly bits: number; readonly rows: number }>): void {
    let rows = 0;
    const before = this.#lines.size;
    for (const found of words) {
      rows += found.rows;
      if (!this.#lines.removeWord(found.word, found.bits)) throw wrongLines();
    }
    if (before - this.#lines.size !== rows) throw wrongLines();
  }

  *rest(): Generator<readonly SourceRecord[]> {
    let batch: SourceRecord[] = [];
    for (const record of mergeByLine(this.#readAgain(), this.records)) {
      batch.push(record);
      if (batch.length < batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  *#readAgain(): Generator<SourceRecord> {
    let mark = 0;
    let at = { line: 0, offset: 0 };
    for (const line of this.#lines.lines()) {
      while ((this.#marks[mark]?.line ?? Number.POSITIVE_INFINITY) <= line) {
        at = this.#marks[mark] ?? at;
        mark += 1;
      }
      const offset = this.#reader.skipLines(at.offset, line - at.line);
      const { row, lines, next } = this.#reader.readRow(offset, line);
      if (row === undefined || row.line !== line) throw wrongLines();
      at = { line: line + lines, offset: next };
      yield this.#file.toRecord(row);
    }
  }
}

function* mergeByLine(
  some: Iterable<SourceRecord>,
  others: readonly SourceRecord[],
): Generator<SourceRecord> {
  let next = 0;
  for (const record of some) {
    for (let other = others[next]; other !== undefined && other.line < record.line; other = others[next]) {
      yield other;
      next += 1;
    }
    yield record;
  }
  yield* others.slice(next);
}

function wrongLines(): LakeFailure {
  return new LakeFailure(
    'The load does not reconcile: a line was read that was not there, or twice. Nothing was kept.',
    'the file may have changed while it was read: call again.',
  );
}
