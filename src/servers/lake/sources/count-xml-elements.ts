import { type XmlFile, xmlText } from './xml-text.ts';

/** Counts the records of an XML document without the parser that reads them: by its angle brackets. */
export async function countXmlElements(file: XmlFile, recordElement: string): Promise<number> {
  const counter = new ElementCounter(recordElement);
  for await (const piece of xmlText(file)) counter.push(piece);
  return counter.count;
}

/** Markup that may hold a `<` that opens no element, and what ends it. */
const passages: readonly (readonly [string, string])[] = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
];
const longestOpening = '<![CDATA['.length;

export class ElementCounter {
  count = 0;
  readonly #recordElement: string;
  readonly #path: string[] = [];
  /** 0 outside of a record: an element of the same name inside one is no record of its own. */
  #recordDepth = 0;
  #text = '';
  #at = 0;
  /** What ends the passage that is being left out. */
  #until = '';

  constructor(recordElement: string) {
    this.#recordElement = recordElement;
  }

  push(piece: string): void {
    this.#text = this.#text.slice(this.#at) + piece;
    this.#at = 0;
    while (this.#until === '' ? this.#nextMarkup() : this.#leaveOut());
  }

  /** @returns false when more text is needed. */
  #nextMarkup(): boolean {
    const start = this.#text.indexOf('<', this.#at);
    this.#at = start < 0 ? this.#text.length : start;
    const opening = this.#text.slice(this.#at, this.#at + longestOpening);
    if (opening.length < longestOpening && !opening.includes('>')) return false;
    const passage = passages.find(([begin]) => opening.startsWith(begin));
    if (passage) {
      this.#until = passage[1];
      this.#at += passage[0].length;
      return true;
    }
    return opening.startsWith('<!') ? this.#passDoctype() : this.#passTag();
  }

  #leaveOut(): boolean {
    const end = this.#text.indexOf(this.#until, this.#at);
    if (end < 0) {
      // The end itself may be cut in two.
      this.#at = Math.max(this.#at, this.#text.length - this.#until.length + 1);
      return false;
    }
    this.#at = end + this.#until.length;
    this.#until = '';
    return true;
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
    if (closing === '/') this.#leave();
    else this.#enter(name, whole.endsWith('/>'));
    return true;
  }

  #enter(name: string, isEmpty: boolean): void {
    this.#path.push(name);
    if (this.#recordDepth === 0 && this.#isRecord()) {
      this.count += 1;
      this.#recordDepth = this.#path.length;
    }
    if (isEmpty) this.#leave();
  }

  #leave(): void {
    if (this.#path.length === this.#recordDepth) this.#recordDepth = 0;
    this.#path.pop();
  }

  #isRecord(): boolean {
    const wanted = this.#recordElement;
    return wanted.includes('/') ? this.#path.join('/') === wanted : this.#path.at(-1) === wanted;
  }
}

const tag = /<(\/?)([^\s/>]+)(?:"[^"]*"|'[^']*'|[^"'>])*>/y;
const doctype =
  /<!(?:"[^"]*"|'[^']*'|<!--[\s\S]*?-->|\[(?:"[^"]*"|'[^']*'|<!--[\s\S]*?-->|[^\]"'])*\]|[^>["'])*>/y;
