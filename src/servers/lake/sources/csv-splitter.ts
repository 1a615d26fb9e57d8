/** How records and fields are cut out of text. All texts are in the spelling of the text that is pushed. */
export interface CsvGrammar {
  readonly delimiter: string;
  /** Empty: no quoting. Doubled inside a quoted field, it stands for itself. */
  readonly quote: string;
  /** What ends a record. A line feed directly after it belongs to it. */
  readonly recordEnd: string;
  /** What a physical line ends with: `\n`, or `\r` in files of old Macs. */
  readonly lineEnd: string;
}

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
    const { quote, recordEnd } = this.#grammar;
    const end = this.#text.indexOf(recordEnd, this.#at);
    if (end < 0 && !this.#ended) return this.#tooLong() ? this.#takeTooLong() : 'more';
    const stop = end < 0 ? this.#text.length : end;
    const text = this.#text.slice(this.#at, stop);
    if (quote !== '' && text.includes(quote)) return this.#takeQuoted();
    return this.#finish({
      text,
      next: this.#afterEnd(stop),
      cells: text.replace(/\r$/, '').split(this.#grammar.delimiter),
    });
  }

  #takeQuoted(): RawRow | 'more' {
    const scanned = scanQuotedRecord(this.#text, this.#at, this.#grammar);
    if (scanned === 'open' && !this.#ended && !this.#tooLong()) return 'more';
    if (typeof scanned === 'string') return this.#takeMalformedLine();
    if (scanned.stop === this.#text.length && !this.#ended) return 'more';
    const text = this.#text.slice(this.#at, scanned.stop);
    return this.#finish({ text, next: this.#afterEnd(scanned.stop), cells: scanned.cells }) as RawRow;
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

type Scanned = { readonly cells: readonly string[]; readonly stop: number } | 'open' | 'malformed';

/** `open`: the text ends inside a quoted field. `malformed`: something follows a closing quote. */
function scanQuotedRecord(text: string, from: number, grammar: CsvGrammar): Scanned {
  const cells: string[] = [];
  let at = from;
  // Searched again only when a quoted field has run over it: once per field would make wide records quadratic.
  let recordStop = -1;
  for (;;) {
    if (recordStop < at) recordStop = indexOrLength(text, grammar.recordEnd, at);
    const field = text.startsWith(grammar.quote, at)
      ? scanQuotedField(text, at, grammar)
      : scanPlainField(text.slice(at, recordStop), at, grammar);
    if (typeof field === 'string') return field;
    cells.push(field.value);
    if (!field.more) return { cells, stop: field.stop };
    at = field.stop + grammar.delimiter.length;
  }
}

type Field = { readonly value: string; readonly stop: number; readonly more: boolean } | 'open' | 'malformed';

/** `rest` is what is left of the record, from the position `from`. */
function scanPlainField(rest: string, from: number, { delimiter }: CsvGrammar): Field {
  const cut = rest.indexOf(delimiter);
  if (cut >= 0) return { value: rest.slice(0, cut), stop: from + cut, more: true };
  return { value: rest.replace(/\r$/, ''), stop: from + rest.length, more: false };
}

function scanQuotedField(text: string, from: number, grammar: CsvGrammar): Field {
  const { quote, delimiter } = grammar;
  const close = closingQuote(text, from + quote.length, quote);
  if (close < 0) return 'open';
  const after = close + quote.length;
  const value = text.slice(from + quote.length, close).replaceAll(quote + quote, quote);
  if (text.startsWith(delimiter, after)) return { value, stop: after, more: true };
  const stop = text[after] === '\r' && endsRecord(text, after + 1, grammar) ? after + 1 : after;
  return endsRecord(text, stop, grammar) ? { value, stop, more: false } : 'malformed';
}

/** Position of the quote that is not doubled, or -1. */
function closingQuote(text: string, from: number, quote: string): number {
  let close = text.indexOf(quote, from);
  while (close >= 0 && text.startsWith(quote, close + quote.length)) {
    close = text.indexOf(quote, close + 2 * quote.length);
  }
  return close;
}

function endsRecord(text: string, at: number, { recordEnd }: CsvGrammar): boolean {
  return at >= text.length || text.startsWith(recordEnd, at);
}

function indexOrLength(text: string, wanted: string, from: number): number {
  const at = text.indexOf(wanted, from);
  return at < 0 ? text.length : at;
}
