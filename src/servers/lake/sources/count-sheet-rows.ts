import { MarkupScanner } from './markup-scanner.ts';
import { partText, type Workbook } from './workbook-part.ts';
import type { ZipEntry } from './zip-guard.ts';

/** Counts the rows of a sheet that hold something without the parser that reads them: by its angle brackets. */
export async function countSheetRows(
  workbook: Workbook,
  { sheet, strings }: { sheet: ZipEntry; strings: ZipEntry | undefined },
): Promise<number> {
  const isBlank = strings === undefined ? () => true : await blankStrings(workbook, strings);
  let count = 0;
  let isRowFilled = false;
  let hasFormula = false;
  let type = '';
  const value = new BlankTest(['v', 't']);
  const scanner = new MarkupScanner({
    open: (name, tag) => {
      const local = withoutPrefix(name);
      if (local === 'row') isRowFilled = false;
      if (local === 'c') {
        type = cellType.exec(tag)?.[2] ?? '';
        hasFormula = false;
        value.begin();
      }
      hasFormula ||= local === 'f';
      value.open(local);
    },
    text: (piece) => value.add(piece),
    close: (name) => {
      const local = withoutPrefix(name);
      value.close(local);
      if (local === 'c' && hasFormula && value.isBlank && type !== 'str' && type !== 'e') isRowFilled = true;
      if (local === 'c' && !value.isBlank && type !== 'e') {
        isRowFilled ||= type !== 's' || !isBlank(Number(value.start));
      }
      if (local !== 'row') return;
      if (isRowFilled) count += 1;
      isRowFilled = false;
    },
  });
  for await (const piece of partText(workbook, sheet)) scanner.push(piece);
  return count;
}

/** Which shared texts are nothing but blanks. */
async function blankStrings(workbook: Workbook, part: ZipEntry): Promise<(index: number) => boolean> {
  let blanks = new Uint8Array(1024);
  let count = 0;
  const value = new BlankTest(['t']);
  const scanner = new MarkupScanner({
    open: (name) => {
      const local = withoutPrefix(name);
      if (local === 'si') value.begin();
      value.open(local);
    },
    text: (piece) => value.add(piece),
    close: (name) => {
      const local = withoutPrefix(name);
      value.close(local);
      if (local !== 'si') return;
      if (count === blanks.length) {
        const grown = new Uint8Array(2 * count);
        grown.set(blanks);
        blanks = grown;
      }
      blanks[count] = value.isBlank ? 1 : 0;
      count += 1;
    },
  });
  for await (const piece of partText(workbook, part)) scanner.push(piece);
  return (index) => blanks[index] === 1;
}

const cellType = /\st\s*=\s*(["'])(.*?)\1/;

function withoutPrefix(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

const keptChars = 64;

/** Whether the text of the named elements is nothing but blanks, however they are spelled. */
class BlankTest {
  /** The text, or its start, not decoded. */
  start = '';
  readonly #names: readonly string[];
  #inText = false;
  #isPronunciation = false;

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  get isBlank(): boolean {
    return decoded(this.start).trim() === '';
  }

  begin(): void {
    this.start = '';
    this.#isPronunciation = false;
  }

  open(name: string): void {
    if (name === 'rPh') this.#isPronunciation = true;
    this.#inText = !this.#isPronunciation && this.#names.includes(name);
  }

  close(name: string): void {
    if (name === 'rPh') this.#isPronunciation = false;
    this.#inText = false;
  }

  add(piece: string): void {
    if (!this.#inText) return;
    if (this.start.length < keptChars) this.start += piece;
    else if (this.isBlank) this.start = this.start.slice(-keptChars) + piece;
  }
}

function decoded(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code: string) => character(Number(code)))
    .replace(/&#x([0-9a-f]+);/gi, (_, code: string) => character(Number.parseInt(code, 16)))
    .replace(/_x([0-9a-f]{4})_/gi, (_, code: string) => character(Number.parseInt(code, 16)));
}

function character(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : '?';
}
