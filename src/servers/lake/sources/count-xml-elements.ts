import { MarkupScanner } from './markup-scanner.ts';
import { type XmlFile, xmlText } from './xml-text.ts';

/** Counts the records of an XML document without the parser that reads them: by its angle brackets. */
export async function countXmlElements(file: XmlFile, recordElement: string): Promise<number> {
  const counter = new ElementCounter(recordElement);
  for await (const piece of xmlText(file)) counter.push(piece);
  return counter.count;
}

export class ElementCounter {
  count = 0;
  readonly #recordElement: string;
  readonly #path: string[] = [];
  /** 0 outside of a record: an element of the same name inside one is no record of its own. */
  #recordDepth = 0;
  readonly #scanner = new MarkupScanner({
    open: (name) => this.#enter(name),
    close: () => this.#leave(),
  });

  constructor(recordElement: string) {
    this.#recordElement = recordElement;
  }

  push(piece: string): void {
    this.#scanner.push(piece);
  }

  #enter(name: string): void {
    this.#path.push(name);
    if (this.#recordDepth > 0 || !this.#isRecord()) return;
    this.count += 1;
    this.#recordDepth = this.#path.length;
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
