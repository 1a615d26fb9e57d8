import type { SourceRecord } from '../sources/source.ts';
import type { CopyFile, CopyFiles } from './copy-files.ts';
import type { CsvChunk, CsvCopy, FastCsvFile } from './fast-csv.ts';
import type { LineMarks } from './line-marks.ts';
import { LineSet } from './line-set.ts';
import { readRecordsAt, wrongLines } from './read-records-at.ts';

/** A chunk while it is written: what was copied, and where its lines are. */
export class GrowingChunk implements CsvChunk {
  readonly copies: CsvCopy[] = [];
  cleanRows = 0;
  lastLine = -1;
  readonly firstLine: number;
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
    this.firstLine = firstLine;
    this.#lines = new LineSet(firstLine);
  }

  /** Lines of clean and of other records. */
  get lines(): number {
    return this.#lines.size;
  }

  /** In a copy. */
  addClean(line: number, offset: number): void {
    this.addOther(line, offset);
    this.cleanRows += 1;
  }

  /** In none: it is among what is left, and until then only its place is known. Whole records would fill the memory. */
  addOther(line: number, offset: number): void {
    this.#lines.add(line);
    this.lastLine = line;
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
    return readRecordsAt(this.#lines.lines(), { file: this.#file, marks: this.#marks });
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
}
