import type { CsvGrammar } from './csv-grammar.ts';
import { CsvRecordScanner } from './scan-csv-record.ts';

export interface RawRow {
  readonly text: string;
  readonly cells: readonly string[];
  /** Physical line where the row starts, from 1. */
  readonly line: number;
  /** Physical lines that the row covers. */
  readonly lines: number;
  /** Characters before the row. */
  readonly offset: number;
  readonly fault?: 'malformed_quotes' | 'record_too_large';
}

/** A longer record is rejected, so that one lost quote or line end cannot take the memory of the process. */
const longestRecord = 4 * 1024 * 1024;
const keptOfTooLong = 4096;

/**
 * Cuts text into rows. A record whose quotes make no sense is given back as its first physical line, with a fault,
 * and reading goes on at the next line: an unclosed quote costs one row, not the rest of the file.
 */
export class CsvSplitter {
  readonly #grammar: CsvGrammar;
  readonly #scanner: CsvRecordScanner;
  #text = '';
  #at = 0;
  /** Characters dropped from the front of #text. */
  #dropped = 0;
  #line = 1;
  #blankLines = 0;
  #ended = false;
  #skippingLine = false;

  constructor(grammar: CsvGrammar) {
    this.#grammar = grammar;
    this.#scanner = new CsvRecordScanner(grammar);
  }

  /** Physical lines that are no row. With the lines of all rows that were given they are the lines of the text. */
  get blankLines(): number {
    return this.#blankLines;
  }

  *push(text: string): Generator<RawRow> {
    this.#text = this.#text.slice(this.#at) + text;
    this.#dropped += this.#at;
    this.#at = 0;
    yield* this.#rows();
  }

  *end(): Generator<RawRow> {
    this.#ended = true;
    yield* this.#rows();
  }

  *#rows(): Generator<RawRow> {
    while (this.#at < this.#text.length) {
      if (this.#skippingLine && !this.#skipLine()) return;
      const row = this.#takeRow();
      if (row === 'more') return;
      if (row !== 'blank') yield row;
    }
  }

  /** Gives false when the line's end is not in the text yet. */
  #skipLine(): boolean {
    const end = this.#text.indexOf(this.#grammar.lineEnd, this.#at);
    if (end < 0) {
      this.#at = this.#text.length;
      if (this.#ended) this.#line += 1;
      return false;
    }
    this.#at = end + this.#grammar.lineEnd.length;
    this.#line += 1;
    this.#skippingLine = false;
    return this.#at < this.#text.length;
  }

  #takeRow(): RawRow | 'more' | 'blank' {
    const { recordEnd, comment } = this.#grammar;
    if (comment !== undefined && this.#mayBegin(comment)) {
      return this.#text.startsWith(comment, this.#at) ? this.#takeComment() : 'more';
    }
    const end = this.#text.indexOf(recordEnd, this.#at);
    if (end < 0 && !this.#ended) return this.#tooLong() ? this.#takeTooLong() : 'more';
    const stop = end < 0 ? this.#text.length : end;
    const text = this.#text.slice(this.#at, stop);
    if (this.#needsScan(text)) return this.#takeScanned();
    if (!this.#showsEnd(stop)) return 'more';
    return this.#finish({
      text,
      next: this.#afterEnd(stop),
      cells: text.replace(/\r$/, '').split(this.#grammar.delimiter),
    });
  }

  /** The text goes on with these signs, or ends within them and is not all. */
  #mayBegin(signs: string): boolean {
    if (this.#text.startsWith(signs, this.#at)) return true;
    const left = this.#text.length - this.#at;
    return !this.#ended && left < signs.length && signs.startsWith(this.#text.slice(this.#at));
  }

  #takeComment(): 'more' | 'blank' {
    const { lineEnd } = this.#grammar;
    const end = this.#text.indexOf(lineEnd, this.#at);
    if (end < 0 && !this.#ended && !this.#tooLong()) return 'more';
    this.#blankLines += 1;
    if (end < 0) this.#skippingLine = true;
    else {
      this.#at = end + lineEnd.length;
      this.#line += 1;
    }
    return 'blank';
  }

  #needsScan(text: string): boolean {
    const { quote } = this.#grammar;
    return [quote, this.#grammar.escape ?? ''].some((sign) => sign !== '' && text.includes(sign));
  }

  /** Whether a line feed belongs to the record's end is seen only behind it. */
  #showsEnd(stop: number): boolean {
    const { recordEnd, lineEnd } = this.#grammar;
    if (this.#ended || recordEnd.endsWith(lineEnd)) return true;
    return this.#text.length > stop + recordEnd.length + lineEnd.length;
  }

  #takeScanned(): RawRow | 'more' | 'blank' {
    const scanned = this.#scanner.scan(this.#text, { from: this.#at, ended: this.#ended });
    if (scanned === 'open' && !this.#ended && !this.#tooLong()) return 'more';
    if (typeof scanned === 'string') return this.#takeMalformedLine();
    if (scanned.stop === this.#text.length && !this.#ended) {
      return this.#tooLong() ? this.#takeTooLong() : 'more';
    }
    if (!this.#showsEnd(scanned.stop)) return 'more';
    const text = this.#text.slice(this.#at, scanned.stop);
    return this.#finish({ text, next: this.#afterEnd(scanned.stop), cells: scanned.cells });
  }

  #takeMalformedLine(): RawRow | 'more' {
    const { lineEnd } = this.#grammar;
    const end = this.#text.indexOf(lineEnd, this.#at);
    if (end < 0 && !this.#ended) return this.#tooLong() ? this.#takeTooLong() : 'more';
    const stop = end < 0 ? this.#text.length : end;
    const next = end < 0 ? stop : stop + lineEnd.length;
    const text = this.#text.slice(this.#at, stop);
    return this.#finish({ text, next, cells: [], fault: 'malformed_quotes' }) as RawRow;
  }

  #takeTooLong(): RawRow {
    const text = this.#text.slice(this.#at, this.#at + keptOfTooLong);
    const row: RawRow = {
      text,
      cells: [],
      line: this.#line,
      lines: 1,
      offset: this.#dropped + this.#at,
      fault: 'record_too_large',
    };
    this.#skippingLine = true;
    return row;
  }

  #tooLong(): boolean {
    return this.#text.length - this.#at > longestRecord;
  }

  /** The record's end and, with an end of its own, the line feed that follows it. */
  #afterEnd(stop: number): number {
    const { recordEnd, lineEnd } = this.#grammar;
    if (stop >= this.#text.length) return stop;
    const next = stop + recordEnd.length;
    if (recordEnd.endsWith(lineEnd)) return next;
    if (this.#text.startsWith(`\r${lineEnd}`, next)) return next + 1 + lineEnd.length;
    return this.#text.startsWith(lineEnd, next) ? next + lineEnd.length : next;
  }

  #finish(row: {
    text: string;
    next: number;
    cells: readonly string[];
    fault?: 'malformed_quotes';
  }): RawRow | 'blank' {
    const lines = this.#linesBetween(this.#at, row.next);
    const found: RawRow = {
      text: row.text.replace(/\r$/, ''),
      cells: row.cells,
      line: this.#line,
      lines,
      offset: this.#dropped + this.#at,
      ...(row.fault && { fault: row.fault }),
    };
    this.#line += lines;
    this.#at = row.next;
    if (row.fault !== undefined || !/^ *$/.test(found.text)) return found;
    this.#blankLines += lines;
    return 'blank';
  }

  #linesBetween(from: number, to: number): number {
    const { lineEnd } = this.#grammar;
    let lines = 0;
    let at = from;
    for (
      let end = this.#text.indexOf(lineEnd, at);
      end >= 0 && end < to;
      end = this.#text.indexOf(lineEnd, at)
    ) {
      lines += 1;
      at = end + lineEnd.length;
    }
    const endsWithoutLineEnd = at < to && this.#ended && to === this.#text.length;
    return endsWithoutLineEnd ? lines + 1 : lines;
  }
}
