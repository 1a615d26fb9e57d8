import type { Value } from './json-value.ts';
import type { LooseRecord } from './record-source.ts';
import { parseXmlText } from './xml-elements.ts';
import { XmlTagOffsets } from './xml-tag-offsets.ts';
import { type XmlFile, xmlPieces } from './xml-text.ts';

interface OpenElement {
  readonly name: string;
  readonly members: Map<string, Value>;
  readonly repeated: Set<string>;
  text: string;
}

export interface XmlRecord extends LooseRecord {
  readonly raw: string;
  readonly byteOffset: number | null;
  /** `raw` is its start, and `value` is empty. */
  readonly isTooLarge: boolean;
}

export const longestXmlRecord = 64 * 1024 * 1024;
const keptOfTooLarge = 4096;
const bytesOfElement = 64;

/**
 * The elements of that name, or at that path, as records; one inside another belongs to the outer one. They come as the
 * document is read, some at a time, and nothing but the record that is open is held.
 */
export async function* readXmlRecords(
  file: XmlFile,
  recordElement: string,
  longest: number = longestXmlRecord,
): AsyncGenerator<readonly XmlRecord[]> {
  const builder = new RecordBuilder(recordElement, longest);
  const source = new RawText(longest);
  const offsets = new XmlTagOffsets(file.encoding.encoding);
  async function* pieces(): AsyncGenerator<string> {
    for await (const piece of xmlPieces(file)) {
      source.push(piece.text, builder.neededFrom);
      offsets.push(piece);
      yield piece.text;
    }
  }
  const parsing = parseXmlText({ pieces: pieces(), what: 'The file' }, (parser) => {
    const addText = (part: string): void => builder.addText(part);
    parser.ontext = addText;
    parser.oncdata = addText;
    parser.onopentag = (tag) => {
      const at = parser.startTagPosition - 1;
      const place = (): Place => ({
        // The parser is at the end of the tag, which may have begun lines before.
        line: parser.line + 1 - source.lineEnds(at, parser.position),
        at,
        byteOffset: offsets.of(at),
      });
      builder.open(tag.name, { attributes: tag.attributes as Record<string, string>, place });
    };
    parser.onclosetag = () => {
      const closed = builder.close(parser.position);
      if (closed !== undefined) builder.add(closed, source.slice(closed.place.at, parser.position));
    };
  });
  for await (const _ of parsing) yield builder.take();
}

/** A tag may have begun in the piece before, and is needed if a record begins with it; no longer one is taken by the parser. */
const longestTag = 8 * 1024 * 1024;

/** The text of the document from the open record on; of a record that is too long its start alone. */
class RawText {
  readonly #longest: number;
  #text = '';
  #dropped = 0;
  #startOfTooLong = '';

  constructor(longest: number) {
    this.#longest = longest;
  }

  push(piece: string, neededFrom: number | undefined): void {
    const from = neededFrom === undefined ? this.#lastTag() : neededFrom - this.#dropped;
    let keep = this.#text.slice(Math.max(0, from));
    this.#dropped += this.#text.length - keep.length;
    if (keep.length > this.#longest) {
      this.#startOfTooLong ||= keep.slice(0, keptOfTooLarge);
      this.#dropped += keep.length;
      keep = '';
    }
    if (neededFrom === undefined) this.#startOfTooLong = '';
    this.#text = keep + piece;
  }

  #lastTag(): number {
    const from = this.#text.lastIndexOf('<');
    return from < 0 || this.#text.length - from > longestTag ? this.#text.length : from;
  }

  lineEnds(from: number, to: number): number {
    return this.#text.slice(Math.max(0, from - this.#dropped), to - this.#dropped).split('\n').length - 1;
  }

  slice(from: number, to: number): string {
    if (from >= this.#dropped) return this.#text.slice(from - this.#dropped, to - this.#dropped);
    const start = this.#startOfTooLong;
    this.#startOfTooLong = '';
    return start;
  }
}

interface Place {
  readonly line: number;
  readonly at: number;
  readonly byteOffset: number | null;
}

class RecordBuilder {
  readonly #recordElement: string;
  readonly #longest: number;
  readonly #path: string[] = [];
  readonly #open: OpenElement[] = [];
  #records: XmlRecord[] = [];
  #started: Place = { line: 0, at: 0, byteOffset: null };
  /** What the open record takes, roughly in characters: one that is too long takes no more. */
  #held = 0;

  constructor(recordElement: string, longest: number) {
    this.#recordElement = recordElement;
    this.#longest = longest;
  }

  /** Where the text begins that is needed for the open record; of one that is too long no more than its start was needed. */
  get neededFrom(): number | undefined {
    return this.#open.length > 0 ? this.#started.at : undefined;
  }

  open(
    name: string,
    { attributes, place }: { attributes: Record<string, string>; place: () => Place },
  ): void {
    this.#path.push(name);
    if (this.#open.length === 0) {
      if (!this.#isRecord()) return;
      this.#started = place();
      this.#held = 0;
    }
    this.#held += bytesOfElement;
    for (const value of Object.values(attributes)) this.#held += value.length;
    this.#open.push(openElement(name, this.#isFull ? {} : attributes));
  }

  addText(part: string): void {
    const element = this.#open.at(-1);
    if (!element) return;
    this.#held += part.length;
    if (!this.#isFull) element.text += part;
  }

  /** Gives the record that ends with the tag, if one does. */
  close(position: number): { element: OpenElement; place: Place; length: number } | undefined {
    this.#path.pop();
    const closed = this.#open.pop();
    if (closed === undefined) return undefined;
    const parent = this.#open.at(-1);
    if (parent === undefined) {
      return { element: closed, place: this.#started, length: position - this.#started.at };
    }
    if (!this.#isFull) addMember(parent, closed);
    return undefined;
  }

  add({ element, place, length }: { element: OpenElement; place: Place; length: number }, raw: string): void {
    const isTooLarge = this.#isFull || length > this.#longest;
    this.#records.push({
      value: isTooLarge ? {} : recordValue(element),
      line: place.line,
      byteOffset: place.byteOffset,
      raw: isTooLarge ? raw.slice(0, keptOfTooLarge) : raw,
      isTooLarge,
    });
  }

  take(): readonly XmlRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }

  get #isFull(): boolean {
    return this.#held > this.#longest;
  }

  #isRecord(): boolean {
    const wanted = this.#recordElement;
    return wanted.includes('/') ? this.#path.join('/') === wanted : this.#path.at(-1) === wanted;
  }
}

function openElement(name: string, attributes: Record<string, string>): OpenElement {
  const members = new Map<string, Value>(
    Object.entries(attributes).map(([key, value]) => [`@${key}`, value]),
  );
  return { name, members, repeated: new Set(), text: '' };
}

function addMember(parent: OpenElement, child: OpenElement): void {
  const value = elementValue(child);
  const known = parent.members.get(child.name);
  if (known === undefined) {
    parent.members.set(child.name, value);
  } else if (parent.repeated.has(child.name)) {
    (known as Value[]).push(value);
  } else {
    parent.repeated.add(child.name);
    parent.members.set(child.name, [known, value]);
  }
}

/** A plain element is its text; one with attributes or children is an object. */
function elementValue(element: OpenElement): Value {
  return element.members.size === 0 ? element.text.trim() : recordValue(element);
}

function recordValue(element: OpenElement): Value {
  const text = element.text.trim();
  const members = [...element.members];
  return Object.fromEntries(text === '' ? members : [...members, ['#text', text] as const]);
}
