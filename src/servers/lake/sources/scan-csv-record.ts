import type { CsvGrammar } from './csv-grammar.ts';

/** `open`: more text is needed, or the text ends inside a quoted field. `malformed`: something follows a closing quote. */
export type ScannedRecord =
  | { readonly cells: readonly string[]; readonly stop: number }
  | 'open'
  | 'malformed';

type Field = { readonly value: string; readonly stop: number; readonly more: boolean } | 'open' | 'malformed';

interface RecordText {
  readonly text: string;
  readonly ended: boolean;
  /** Searched again only when a field has run over it: once per field would make wide records quadratic. */
  stop: number;
}

/** Cuts records field by field, where quotes or escapes decide what ends them. */
export class CsvRecordScanner {
  readonly #grammar: CsvGrammar;
  readonly #blanks: readonly string[];
  readonly #escapes: Escapes | undefined;

  constructor(grammar: CsvGrammar) {
    this.#grammar = grammar;
    this.#blanks = [' ', '\t'].filter((blank) => !grammar.delimiter.startsWith(blank));
    this.#escapes = grammar.escape === undefined ? undefined : escapesOf(grammar, grammar.escape);
  }

  /** `ended`: no text comes after this; until then a sign at its end may be the first of several. */
  scan(text: string, { from, ended }: { from: number; ended: boolean }): ScannedRecord {
    const cells: string[] = [];
    const record = { text, ended, stop: -1 };
    let at = from;
    for (;;) {
      const field = this.#field(record, at);
      if (typeof field === 'string') return field;
      cells.push(field.value);
      if (!field.more) return { cells, stop: field.stop };
      at = field.stop + this.#grammar.delimiter.length;
    }
  }

  #field(record: RecordText, from: number): Field {
    const { text, ended } = record;
    const start = this.#grammar.trim_quotes ? this.#skipBlanks(text, from) : from;
    if (this.#isQuote(text, start)) return this.#quotedField(text, { from: start, ended });
    if (this.#escapes) return this.#escapedField(text, from, this.#escapes);
    if (record.stop < from) record.stop = indexOrLength(text, this.#grammar.recordEnd, from);
    return this.#plainField(text.slice(from, record.stop), from);
  }

  #isQuote(text: string, at: number): boolean {
    const { quote } = this.#grammar;
    return quote !== '' && text.startsWith(quote, at);
  }

  /** `rest` is what is left of the record, from the position `from`. */
  #plainField(rest: string, from: number): Field {
    const cut = rest.indexOf(this.#grammar.delimiter);
    if (cut >= 0) return { value: rest.slice(0, cut), stop: from + cut, more: true };
    return { value: rest.replace(/\r$/, ''), stop: from + rest.length, more: false };
  }

  #escapedField(text: string, from: number, escapes: Escapes): Field {
    const { delimiter } = this.#grammar;
    const stop = escapes.next(text, { from, wanted: escapes.fieldEnds });
    const value = text.slice(from, stop);
    if (text.startsWith(delimiter, stop) && stop < text.length) {
      return { value: escapes.undo(value), stop, more: true };
    }
    return { value: escapes.undo(value.replace(/\r$/, '')), stop, more: false };
  }

  #quotedField(text: string, { from, ended }: { from: number; ended: boolean }): Field {
    const { quote, delimiter, recordEnd } = this.#grammar;
    const start = from + quote.length;
    const close = this.#escapes
      ? this.#escapes.next(text, { from: start, wanted: this.#escapes.quoteEnds })
      : closingQuote(text, start, quote);
    if (close < 0 || close >= text.length) return 'open';
    const value = this.#unquote(text.slice(start, close));
    const behind = close + quote.length;
    const after = this.#grammar.trim_quotes ? this.#skipBlanks(text, behind) : behind;
    if (text.startsWith(delimiter, after)) return { value, stop: after, more: true };
    const stop = text[after] === '\r' && this.#endsRecord(text, after + 1) ? after + 1 : after;
    if (this.#endsRecord(text, stop)) return { value, stop, more: false };
    const mayGoOn = !ended && text.length - after < Math.max(delimiter.length, recordEnd.length + 1);
    return mayGoOn ? 'open' : 'malformed';
  }

  #unquote(inside: string): string {
    const { quote } = this.#grammar;
    return this.#escapes ? this.#escapes.undo(inside, quote) : inside.replaceAll(quote + quote, quote);
  }

  #skipBlanks(text: string, from: number): number {
    let at = from;
    while (this.#blanks.includes(text[at] ?? '')) at += 1;
    return at;
  }

  #endsRecord(text: string, at: number): boolean {
    return at >= text.length || text.startsWith(this.#grammar.recordEnd, at);
  }
}

/** Position of the quote that is not doubled, or -1. */
function closingQuote(text: string, from: number, quote: string): number {
  let close = text.indexOf(quote, from);
  while (close >= 0 && text.startsWith(quote, close + quote.length)) {
    close = text.indexOf(quote, close + 2 * quote.length);
  }
  return close;
}

function indexOrLength(text: string, wanted: string, from: number): number {
  const at = text.indexOf(wanted, from);
  return at < 0 ? text.length : at;
}

/** Text -> what finds it in an expression. */
function literal(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

interface Escapes {
  readonly fieldEnds: RegExp;
  readonly quoteEnds: RegExp;
  /** The next wanted sign that is not escaped, or the text's length. */
  next(text: string, where: { from: number; wanted: RegExp }): number;
  /** With a quote: two of them are one. */
  undo(value: string, quote?: string): string;
}

function escapesOf(grammar: CsvGrammar, escapeSign: string): Escapes {
  const { delimiter, quote, recordEnd } = grammar;
  const sign = literal(escapeSign);
  const ends = [recordEnd, delimiter].map((text) => literal(text));
  const quotes = quote === '' ? [] : [literal(quote)];
  // The return before a line feed goes with it.
  const special = [`\\r?${ends[0]}`, ends[1], ...quotes, sign].join('|');
  // What is escaped or doubled is matched first, and gone over.
  const skipped = `${sign}(?:${special}|[\\s\\S])`;
  const doubled = quotes.map((each) => `${each}${each}`);
  const escaped = new RegExp(`${sign}(${special})`, 'g');
  const escapedOrDoubled = new RegExp([`${sign}(${special})`, ...doubled].join('|'), 'g');
  return {
    fieldEnds: new RegExp(`${skipped}|(${ends.join('|')})`, 'g'),
    quoteEnds: new RegExp([skipped, ...doubled, `(${quotes.join('')})`].join('|'), 'g'),
    next: (text, { from, wanted }) => {
      wanted.lastIndex = from;
      for (let found = wanted.exec(text); found !== null; found = wanted.exec(text)) {
        if (found[1] !== undefined) return found.index;
      }
      return text.length;
    },
    undo: (value, doubledQuote) =>
      doubledQuote === undefined
        ? value.replaceAll(escaped, '$1')
        : value.replaceAll(escapedOrDoubled, (_, letter: string | undefined) => letter ?? doubledQuote),
  };
}
