/** What the bytes at a place of the file turned out to be. */
export const verdict = { clean: 0, blank: 1, unclean: 2 } as const;
export type Verdict = (typeof verdict)[keyof typeof verdict];

export interface CopierGrammar {
  /** One byte of ASCII. */
  readonly delimiter: number;
  /** One byte of ASCII; undefined for none. */
  readonly quote: number | undefined;
  /** Fields of a clean record. */
  readonly width: number;
  /** False where a byte outside of ASCII is not UTF-8 by itself (windows-1252). */
  readonly takesUtf8: boolean;
}

/** What stands between the fields of a copied record, and in no field: nothing there needs quotes. */
export const fieldSeparator = 0x1f;
/** A longer record is not clean. */
export const longestCleanRecord = 1 << 20;

const plain = 0;
const atDelimiter = 1;
const atLineEnd = 2;
const atReturn = 3;
const atQuote = 4;
const refused = 5;

const lineFeed = 10;
const carriageReturn = 13;
const space = 0x20;

/**
 * Copies clean records of a block of bytes, each after its line number, in a form that needs no quotes:
 * `<line> 1F <field> 1F <field> … LF`. A field of nothing but blanks is copied as an empty one: both mean null.
 *
 * A record is clean when cutting it is beyond doubt: as many fields as expected, quotes that open and close where they
 * should, one line, no byte that means something to the reader of the copy. All others are left to the splitter.
 */
export class RecordCopier {
  /** Must hold a line feed at or after the end of what is to be copied. */
  input: Uint8Array = new Uint8Array(0);
  /** Where the next record starts. Behind an unclean one it stays. */
  at = 0;
  readonly output: Uint8Array;
  outputEnd = 0;
  readonly #quote: number;
  readonly #width: number;
  readonly #plainBytes: Uint8Array;
  readonly #quotedBytes: Uint8Array;

  constructor(grammar: CopierGrammar, output: Uint8Array) {
    this.output = output;
    this.#quote = grammar.quote ?? -1;
    this.#width = grammar.width;
    this.#plainBytes = plainBytes(grammar);
    this.#quotedBytes = quotedBytes(grammar);
  }

  copyRecord(line: number): Verdict {
    const start = this.at;
    const outputStart = this.outputEnd;
    this.outputEnd = writeNumber(this.output, { number: line, to: outputStart });
    let fields = 0;
    let stop: number = atDelimiter;
    while (stop === atDelimiter) {
      this.output[this.outputEnd++] = fieldSeparator;
      stop = this.#copyField();
      fields += 1;
    }
    const isWhole = stop === atLineEnd && this.at - start <= longestCleanRecord;
    if (isWhole && fields === 1 && isSpaces(this.input, start))
      return this.#giveUp(outputStart, verdict.blank);
    if (isWhole && fields === this.#width) {
      this.output[this.outputEnd++] = lineFeed;
      return verdict.clean;
    }
    this.at = start;
    return this.#giveUp(outputStart, verdict.unclean);
  }

  #giveUp(outputStart: number, found: Verdict): Verdict {
    this.outputEnd = outputStart;
    return found;
  }

  #copyField(): number {
    const fieldStart = this.outputEnd;
    const stop = this.input[this.at] === this.#quote ? this.#copyQuoted() : this.#copyPlain();
    const first = this.output[fieldStart];
    if (first === space || first === 9 || first === 0xc2) this.#dropBlanks(fieldStart);
    return stop;
  }

  #copyPlain(): number {
    const { input, output } = this;
    const kinds = this.#plainBytes;
    let at = this.at;
    let to = this.outputEnd;
    let byte = input[at] as number;
    while (kinds[byte] === plain) {
      output[to++] = byte;
      byte = input[++at] as number;
    }
    this.outputEnd = to;
    const kind = kinds[byte] as number;
    if (kind !== atReturn) {
      this.at = at + 1;
      return kind;
    }
    this.at = at + 2;
    return input[at + 1] === lineFeed ? atLineEnd : refused;
  }

  #copyQuoted(): number {
    const { input, output } = this;
    const kinds = this.#quotedBytes;
    let at = this.at + 1;
    let to = this.outputEnd;
    for (;;) {
      const byte = input[at] as number;
      const kind = kinds[byte] as number;
      if (kind === refused) return refused;
      if (kind === atQuote) {
        if (input[at + 1] !== byte) break;
        at += 1;
      }
      output[to++] = byte;
      at += 1;
    }
    this.outputEnd = to;
    return this.#leaveQuoted(at + 1);
  }

  /** After a closing quote only the field may end. */
  #leaveQuoted(after: number): number {
    const kind = this.#plainBytes[this.input[after] as number] as number;
    if (kind === atDelimiter || kind === atLineEnd) {
      this.at = after + 1;
      return kind;
    }
    this.at = after + 2;
    return kind === atReturn && this.input[after + 1] === lineFeed ? atLineEnd : refused;
  }

  #dropBlanks(fieldStart: number): void {
    const { output, outputEnd } = this;
    let at = fieldStart;
    while (at < outputEnd) {
      const isNoBreakSpace = output[at] === 0xc2 && output[at + 1] === 0xa0 && at + 1 < outputEnd;
      if (!isNoBreakSpace && output[at] !== space && output[at] !== 9) return;
      at += isNoBreakSpace ? 2 : 1;
    }
    this.outputEnd = fieldStart;
  }
}

function isSpaces(input: Uint8Array, start: number): boolean {
  let at = start;
  while (input[at] === space) at += 1;
  return input[at] === lineFeed || (input[at] === carriageReturn && input[at + 1] === lineFeed);
}

/** @returns the place behind its digits. */
export function writeNumber(bytes: Uint8Array, { number, to }: { number: number; to: number }): number {
  let digits = 1;
  for (let limit = 10; number >= limit; limit *= 10) digits += 1;
  const end = to + digits;
  let rest = number;
  for (let place = end - 1; place >= to; place -= 1) {
    const next = Math.floor(rest / 10);
    bytes[place] = 48 + rest - next * 10;
    rest = next;
  }
  return end;
}

function plainBytes({ delimiter, takesUtf8 }: CopierGrammar): Uint8Array {
  const kinds = refusedBytes(takesUtf8);
  kinds[lineFeed] = atLineEnd;
  kinds[carriageReturn] = atReturn;
  kinds[delimiter] = atDelimiter;
  return kinds;
}

/** A line end in quotes would be a record's end to whoever reads the copy. */
function quotedBytes({ quote, takesUtf8 }: CopierGrammar): Uint8Array {
  const kinds = refusedBytes(takesUtf8);
  kinds[lineFeed] = refused;
  kinds[carriageReturn] = refused;
  if (quote !== undefined) kinds[quote] = atQuote;
  return kinds;
}

function refusedBytes(takesUtf8: boolean): Uint8Array {
  const kinds = new Uint8Array(256);
  kinds[0] = refused;
  kinds[fieldSeparator] = refused;
  if (!takesUtf8) kinds.fill(refused, 0x80);
  return kinds;
}
