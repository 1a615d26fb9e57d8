import { isAscii } from 'node:buffer';
import { ByteCounter } from '../sources/count-byte.ts';
import { type CopierGrammar, longestCleanRecord, writeNumber } from './record-copier.ts';

const lineFeed = 10;
const carriageReturn = 13;
const space = 0x20;

/**
 * Copies whole lines that need no look at their bytes one by one: without quotes, zero bytes and single carriage returns.
 * They stay as they are: `<line> <delimiter> <the line> LF`. All else is left to the `RecordCopier`. Whether a line has as
 * many fields as a record is seen by whoever reads the copy, which must leave out all others.
 */
export class PlainLineCopier {
  /** Holds a line feed at or after the end of what is to be copied. */
  readonly input: Buffer;
  outputEnd = 0;
  /** Input and output are one piece of memory: moving bytes inside of it is the cheapest copy. */
  readonly #memory: Uint8Array;
  readonly #outputStart: number;
  readonly #grammar: CopierGrammar;
  readonly #delimiters: ByteCounter;
  /** Where the next of them stands; behind the input when there is none. */
  #nextQuote = 0;
  #nextNul = 0;
  #nextReturn = 0;
  #isFit = true;

  constructor(
    grammar: CopierGrammar,
    { inputBytes, outputBytes }: { inputBytes: number; outputBytes: number },
  ) {
    this.#memory = new Uint8Array(inputBytes + outputBytes);
    this.#outputStart = inputBytes;
    this.#grammar = grammar;
    this.input = Buffer.from(this.#memory.buffer, 0, inputBytes);
    this.#delimiters = new ByteCounter(this.input, grammar.delimiter);
  }

  get output(): Uint8Array {
    return this.#memory.subarray(this.#outputStart, this.#outputStart + this.outputEnd);
  }

  /** Begins with a block of bytes that was put into `input`; `end` is where it ends. */
  begin(end: number): void {
    const { takesUtf8 } = this.#grammar;
    this.outputEnd = 0;
    this.#nextQuote = -1;
    this.#nextNul = -1;
    this.#nextReturn = -1;
    this.#isFit = isFit(this.#grammar) && (takesUtf8 || isAscii(this.input.subarray(0, end)));
  }

  /** The end of the line that starts at `at`, when it is such a line; otherwise -1. */
  plainEnd(at: number): number {
    const { input } = this;
    const first = input[at];
    // Blank lines are no records, and whether a line of blanks is one is not seen here.
    if (!this.#isFit || first === lineFeed || first === carriageReturn || first === space) return -1;
    const end = input.indexOf(lineFeed, at);
    if (end < 0 || end - at > longestCleanRecord || this.#hasOddByte(at, end)) return -1;
    return this.#mayHideField(end) && !this.#hasWidth(at, end) ? -1 : end;
  }

  copyLine(line: number, { from, end }: { from: number; end: number }): void {
    const memory = this.#memory;
    const textEnd = memory[end - 1] === carriageReturn ? end - 1 : end;
    let to = this.#outputStart + this.outputEnd;
    to = writeNumber(memory, { number: line, to });
    memory[to++] = this.#grammar.delimiter;
    memory.copyWithin(to, from, textEnd);
    to += textEnd - from;
    memory[to++] = lineFeed;
    this.outputEnd = to - this.#outputStart;
  }

  /** An empty field too many at the end of a line is one that DuckDB does not mind. */
  #mayHideField(end: number): boolean {
    const last = this.#memory[end - 1] === carriageReturn ? end - 2 : end - 1;
    return this.#memory[last] === this.#grammar.delimiter;
  }

  #hasWidth(at: number, end: number): boolean {
    return this.#delimiters.count(at, end) === this.#grammar.width - 1;
  }

  #hasOddByte(at: number, end: number): boolean {
    const { quote } = this.#grammar;
    if (quote !== undefined && this.#nextQuote < at) this.#nextQuote = this.#find(quote, at);
    if (this.#nextNul < at) this.#nextNul = this.#find(0, at);
    if (this.#nextReturn < at) this.#nextReturn = this.#find(carriageReturn, at);
    return (
      this.#nextNul < end || this.#nextReturn < end - 1 || (quote !== undefined && this.#nextQuote < end)
    );
  }

  #find(byte: number, at: number): number {
    const found = this.input.indexOf(byte, at);
    return found < 0 ? this.input.length : found;
  }
}

/** To whoever reads the copy a blank, a letter or a digit between fields could mean something else. */
function isFit({ delimiter }: CopierGrammar): boolean {
  return !/[\sA-Za-z0-9+.'"\\-]/.test(String.fromCharCode(delimiter)) || delimiter === 9;
}
