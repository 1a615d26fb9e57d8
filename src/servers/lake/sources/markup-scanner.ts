/** Passages that may hold a `<` that opens no element, and what ends them. */
const passages = [
  ['<!--', '-->', false],
  ['<![CDATA[', ']]>', true],
  ['<?', '?>', false],
] as const;
const longestOpening = '<![CDATA['.length;

export interface MarkupHandlers {
  /** `tag` is the whole tag. */
  open(name: string, tag: string): void;
  close(name: string): void;
  /** Not decoded, and in pieces. */
  text?(piece: string): void;
}

/** Finds the tags of XML by its angle brackets alone, without the parser that reads the records. */
export class MarkupScanner {
  readonly #handlers: MarkupHandlers;
  #text = '';
  #at = 0;
  /** What ends the passage that is being passed, and whether it is text. */
  #passage: { readonly end: string; readonly isText: boolean } | undefined;

  constructor(handlers: MarkupHandlers) {
    this.#handlers = handlers;
  }

  push(piece: string): void {
    this.#text = this.#text.slice(this.#at) + piece;
    this.#at = 0;
    while (this.#passage === undefined ? this.#nextMarkup() : this.#passOver(this.#passage));
  }

  /** @returns false when more text is needed. */
  #nextMarkup(): boolean {
    const start = this.#text.indexOf('<', this.#at);
    this.#passTo(start < 0 ? this.#text.length : start, true);
    const opening = this.#text.slice(this.#at, this.#at + longestOpening);
    if (opening.length < longestOpening && !opening.includes('>')) return false;
    const passage = passages.find(([begin]) => opening.startsWith(begin));
    if (passage) {
      const [begin, end, isText] = passage;
      this.#passage = { end, isText };
      this.#at += begin.length;
      return true;
    }
    return opening.startsWith('<!') ? this.#passDoctype() : this.#passTag();
  }

  #passOver({ end, isText }: { end: string; isText: boolean }): boolean {
    const found = this.#text.indexOf(end, this.#at);
    if (found < 0) {
      // The end itself may be cut in two.
      this.#passTo(Math.max(this.#at, this.#text.length - end.length + 1), isText);
      return false;
    }
    this.#passTo(found, isText);
    this.#at += end.length;
    this.#passage = undefined;
    return true;
  }

  #passTo(at: number, isText: boolean): void {
    if (isText && at > this.#at) this.#handlers.text?.(this.#text.slice(this.#at, at));
    this.#at = at;
  }

  #passDoctype(): boolean {
    doctype.lastIndex = this.#at;
    const found = doctype.exec(this.#text);
    if (found === null) return false;
    this.#at = doctype.lastIndex;
    return true;
  }

  #passTag(): boolean {
    tag.lastIndex = this.#at;
    const found = tag.exec(this.#text);
    if (found === null) return false;
    this.#at = tag.lastIndex;
    const [whole, closing, name = ''] = found;
    if (closing === '/') this.#handlers.close(name);
    else {
      this.#handlers.open(name, whole);
      if (whole.endsWith('/>')) this.#handlers.close(name);
    }
    return true;
  }
}

const tag = /<(\/?)([^\s/>]+)(?:"[^"]*"|'[^']*'|[^"'>])*>/y;
const doctype =
  /<!(?:"[^"]*"|'[^']*'|<!--[\s\S]*?-->|\[(?:"[^"]*"|'[^']*'|<!--[\s\S]*?-->|[^\]"'])*\]|[^>["'])*>/y;
