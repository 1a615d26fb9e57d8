import { readSync } from 'node:fs';
import type { CsvGrammar } from '../sources/csv-grammar.ts';
import { CsvSplitter, type RawRow } from '../sources/csv-splitter.ts';

/** A row as the splitter cuts it, and where the next one starts. */
export interface ReadRow {
  /** Undefined: from there to the end of the file only blank lines are left. */
  readonly row: RawRow | undefined;
  /** Physical lines from the place where reading began up to the row's end. */
  readonly lines: number;
  /** Byte behind them. */
  readonly next: number;
}

/** Most rows are shorter: what is behind them would be decoded for nothing. */
const firstWindowBytes = 1024;
const largestWindowBytes = 1 << 20;
const searchBytes = 1 << 16;

/** Cuts single rows out of any place of a file: for those few that are not clean, and for rows that are read again. */
export class RecordReader {
  readonly #handle: number;
  readonly #grammar: CsvGrammar;
  readonly #markBytes: number;
  readonly #buffer = Buffer.allocUnsafe(largestWindowBytes);

  /** `markBytes`: the byte order mark, which no row's offset counts. */
  constructor(handle: number, { grammar, markBytes }: { grammar: CsvGrammar; markBytes: number }) {
    this.#handle = handle;
    this.#grammar = grammar;
    this.#markBytes = markBytes;
  }

  /** The row that starts at `offset`, the start of the physical line `line`; blank lines before it belong to it. */
  readRow(offset: number, line: number): ReadRow {
    const splitter = new CsvSplitter(this.#grammar);
    const found = this.#firstRow(splitter, offset);
    const lines = found === undefined ? splitter.blankLines : found.line - 1 + found.lines;
    const row = found && {
      ...found,
      line: line + found.line - 1,
      offset: offset + found.offset - this.#markBytes,
    };
    return { row, lines, next: this.skipLines(offset, lines) };
  }

  /** The byte after so many line ends, or the end of the file. */
  skipLines(offset: number, lines: number): number {
    let at = offset;
    let left = lines;
    while (left > 0) {
      const bytes = this.#read(at, searchBytes);
      if (bytes.length === 0) break;
      let stop = 0;
      for (; left > 0; left -= 1) {
        const end = bytes.indexOf(10, stop);
        if (end < 0) break;
        stop = end + 1;
      }
      at += left > 0 ? bytes.length : stop;
    }
    return at;
  }

  #firstRow(splitter: CsvSplitter, offset: number): RawRow | undefined {
    let at = offset;
    for (let size = firstWindowBytes; ; size = Math.min(size * 8, largestWindowBytes)) {
      const bytes = this.#read(at, size);
      if (bytes.length === 0) return first(splitter.end());
      const row = first(splitter.push(bytes.toString('latin1')));
      if (row !== undefined) return row;
      at += bytes.length;
    }
  }

  #read(at: number, size: number): Buffer {
    return this.#buffer.subarray(0, readSync(this.#handle, this.#buffer, 0, size, at));
  }
}

function first(rows: Iterable<RawRow>): RawRow | undefined {
  for (const row of rows) return row;
  return undefined;
}
