/** A value that was cut out whole, in the spelling of the text that was pushed. */
export interface CutValue {
  readonly text: string;
  /** Where it starts, in characters of the pushed text. */
  readonly offset: number;
  /** It is longer than a record may be: `text` is its start. */
  readonly isTooLarge: boolean;
}

const keptOfTooLarge = 4096;

/** A value of which the end is looked for; brackets in strings count for nothing. */
export class RunningJsonValue {
  readonly #offset: number;
  readonly #longest: number;
  readonly #isScalar: boolean;
  readonly #parts: string[] = [];
  #length = 0;
  #depth = 0;
  #inString = false;
  #sawNothing = true;
  /** The string's last piece ended in the middle of an escape. */
  #escaped = false;
  isWhole = false;

  constructor({ sign, offset, longest }: { sign: string; offset: number; longest: number }) {
    this.#offset = offset;
    this.#longest = longest;
    this.#isScalar = sign !== '{' && sign !== '[' && sign !== '"';
  }

  /** A number may end with the document. */
  get mayEnd(): boolean {
    return this.#isScalar;
  }

  get value(): CutValue {
    const isTooLarge = this.#length > this.#longest;
    const text = this.#parts.join('');
    return { text: isTooLarge ? text.slice(0, keptOfTooLarge) : text, offset: this.#offset, isTooLarge };
  }

  /** @returns where the value ends in the text, or the text's end. */
  take(text: string, from: number): number {
    const end = this.#isScalar ? this.#endOfScalar(text, from) : this.#endOfNested(text, from);
    const hadRoom = this.#length <= this.#longest;
    this.#length += end - from;
    if (this.#length <= this.#longest) this.#parts.push(text.slice(from, end));
    else if (hadRoom) this.#keepStart(text.slice(from, end));
    return end;
  }

  #keepStart(part: string): void {
    const start = (this.#parts.join('') + part).slice(0, keptOfTooLarge);
    this.#parts.splice(0, this.#parts.length, start);
  }

  #endOfScalar(text: string, from: number): number {
    scalarEnd.lastIndex = from;
    const found = scalarEnd.exec(text);
    this.isWhole = found !== null;
    return found?.index ?? text.length;
  }

  #endOfNested(text: string, from: number): number {
    let at = from;
    while (at < text.length) {
      at = this.#inString ? this.#passString(text, at) : this.#passSigns(text, at);
      if (this.#depth > 0 || this.#inString || at > text.length || this.#sawNothing) continue;
      this.isWhole = true;
      return at;
    }
    return text.length;
  }

  /** To the next bracket or quote, and behind it. */
  #passSigns(text: string, from: number): number {
    structural.lastIndex = from;
    const found = structural.exec(text);
    if (found === null) return text.length;
    this.#sawNothing = false;
    const sign = found[0];
    if (sign === '"') this.#inString = true;
    else this.#depth += sign === '{' || sign === '[' ? 1 : -1;
    return found.index + 1;
  }

  #passString(text: string, from: number): number {
    let at = from;
    if (this.#escaped) {
      this.#escaped = false;
      at += 1;
    }
    for (;;) {
      stringEnd.lastIndex = at;
      const found = stringEnd.exec(text);
      if (found === null) return text.length;
      if (found[0] === '"') {
        this.#inString = false;
        return found.index + 1;
      }
      at = found.index + 2;
      if (at > text.length) {
        this.#escaped = true;
        return text.length;
      }
    }
  }
}

const scalarEnd = /[ \t\r\n,}\]]/g;
const structural = /["{}[\]]/g;
const stringEnd = /["\\]/g;
