import { batchSize, type SourceRecord } from '../sources/source.ts';
import type { CsvChunk, CsvCopy, FastCsvFile } from './fast-csv.ts';
import type { LineMarks } from './line-marks.ts';
import { LineSet } from './line-set.ts';
import { readRecordsAt, wrongLines } from './read-records-at.ts';
import type { RecordReader } from './record-reader.ts';

/** A chunk while it is written: what was copied, where its lines are, and what was not clean. */
export class GrowingChunk implements CsvChunk {
  readonly copies: CsvCopy[] = [];
  readonly records: SourceRecord[] = [];
  readonly #file: FastCsvFile;
  readonly #reader: RecordReader;
  readonly #lines: LineSet;
  readonly #marks: LineMarks;

  constructor({
    file,
    reader,
    firstLine,
    marks,
  }: {
    file: FastCsvFile;
    reader: RecordReader;
    firstLine: number;
    /** Of the whole file. */
    marks: LineMarks;
  }) {
    this.#file = file;
    this.#reader = reader;
    this.#marks = marks;
    this.#lines = new LineSet(firstLine);
  }

  get cleanRows(): number {
    return this.#lines.size;
  }

  addClean(line: number, offset: number): void {
    this.#lines.add(line);
    this.#marks.add(line, offset);
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
    for (const record of mergeByLine(this.#readLeft(), this.records)) {
      batch.push(record);
      if (batch.length < batchSize) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  #readLeft(): Generator<SourceRecord> {
    const from = { file: this.#file, reader: this.#reader, marks: this.#marks };
    return readRecordsAt(this.#lines.lines(), from);
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
