import type { SourceRecord } from '../sources/source.ts';
import type { CopyFile, CopyFiles } from './copy-files.ts';
import type { CsvChunk, CsvCopy, FastCsvFile } from './fast-csv.ts';
import type { LineMarks } from './line-marks.ts';
import { LineSet } from './line-set.ts';
import { readRecordsAt, wrongLines } from './read-records-at.ts';

/** A chunk while it is written: what was copied, where its lines are, and what was not clean. */
export class GrowingChunk implements CsvChunk {
  readonly copies: CsvCopy[] = [];
  readonly records: SourceRecord[] = [];
  readonly #giveBack: (() => void)[] = [];
  readonly #file: FastCsvFile;
  readonly #lines: LineSet;
  readonly #marks: LineMarks;

  constructor({
    file,
    firstLine,
    marks,
  }: {
    file: FastCsvFile;
    firstLine: number;
    /** Of the whole file. */
    marks: LineMarks;
  }) {
    this.#file = file;
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

  rest(): Generator<SourceRecord> {
    return mergeByLine(this.#readLeft(), this.records);
  }

  /** An empty one is no copy. */
  addCopy({ files, copy, delimiter }: { files: CopyFiles; copy: CopyFile; delimiter: string }): void {
    if (copy.bytes === 0) {
      files.giveBack(copy.path);
      return;
    }
    this.copies.push({ path: copy.path, delimiter });
    this.#giveBack.push(() => files.giveBack(copy.path));
  }

  giveBackCopies(): void {
    for (const giveBack of this.#giveBack) giveBack();
  }

  #readLeft(): Generator<SourceRecord> {
    return readRecordsAt(this.#lines.lines(), { file: this.#file, marks: this.#marks });
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
