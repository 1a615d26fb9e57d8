import type { Value } from './json-value.ts';
import type { LooseRecord } from './record-source.ts';
import { parseXml } from './xml-elements.ts';
import type { XmlFile } from './xml-text.ts';

interface OpenElement {
  readonly name: string;
  readonly members: Map<string, Value>;
  readonly repeated: Set<string>;
  text: string;
}

export interface XmlRecord extends LooseRecord {
  readonly raw: string;
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
  const parsing = parseXml(
    file,
    (parser) => {
      const addText = (part: string): void => builder.addText(part);
      parser.ontext = addText;
      parser.oncdata = addText;
      parser.onopentag = (tag) => {
        const place = { line: parser.line + 1, at: parser.startTagPosition - 1 };
        builder.open(tag.name, { attributes: tag.attributes as Record<string, string>, place });
      };
      parser.onclosetag = () => {
        const closed = builder.close(parser.position);
        if (closed !== undefined) builder.add(closed, source.slice(closed.place.at, parser.position));
      };
    },
    (piece) => source.push(piece, builder.neededFrom),
  );
  for await (const _ of parsing) yield builder.take();
}

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
    let keep = neededFrom === undefined ? '' : this.#text.slice(Math.max(0, neededFrom - this.#dropped));
    this.#dropped += this.#text.length - keep.length;
    if (keep.length > this.#longest) {
      this.#startOfTooLong ||= keep.slice(0, keptOfTooLarge);
      this.#dropped += keep.length;
      keep = '';
    }
    if (neededFrom === undefined) this.#startOfTooLong = '';
    this.#text = keep + piece;
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
}

class RecordBuilder {
  readonly #recordElement: string;
  readonly #longest: number;
  readonly #path: string[] = [];
  readonly #open: OpenElement[] = [];
  #records: XmlRecord[] = [];
  #started: Place = { line: 0, at: 0 };
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

  open(name: string, { attributes, place }: { attributes: Record<string, string>; place: Place }): void {
    this.#path.push(name);
    if (this.#open.length === 0) {
      if (!this.#isRecord()) return;
      this.#started = place;
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
