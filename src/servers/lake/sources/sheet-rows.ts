import type { SharedStrings } from './shared-strings.ts';
import { type CellValue, cellValue } from './sheet-cell.ts';
import { ItemText, longestCellChars } from './sheet-text.ts';
import { type Attributes, readPart, unreadableWorkbook, type Workbook } from './workbook-part.ts';
import type { ZipEntry } from './zip-guard.ts';

/** A sheet and what its cells refer to. */
export interface Sheet {
  readonly workbook: Workbook;
  readonly part: ZipEntry;
  readonly strings: SharedStrings;
  /** By the number of a style: it shows numbers as dates. */
  readonly dateStyles: readonly boolean[];
  readonly countsFrom1904: boolean;
}

/** A row that holds something. Empty cells are left out: a sheet may name its last column in each of a million rows. */
export interface SheetRow {
  /** From 1. */
  readonly number: number;
  readonly cells: readonly FilledCell[];
}

export interface FilledCell {
  /** From 0. */
  readonly column: number;
  readonly value: Exclude<CellValue, null> | SharedText | typeof uncomputed;
}

/** The cell has a formula, and whoever wrote the file did not say what it gives. */
export const uncomputed = Symbol('uncomputed');

/** A long text that is looked up when its row is asked for: each of many rows may name it. */
interface SharedText {
  readonly shared: number;
}

export function cellContent({ strings }: Sheet, { value }: FilledCell): Exclude<CellValue, null> {
  if (value === uncomputed) return '';
  return typeof value === 'object' ? (strings.get(value.shared) ?? '').trim() : value;
}

export const lastColumn = 16_384;
const lastRow = 1_048_576;
const longestRowChars = 16 * 1024 * 1024;
const longTextChars = 256;
/** Cells may name the same long text again and again: a small file says as much as it likes. */
const mostSheetChars = 8 * 1024 * 1024 * 1024;

/** The rows of the sheet in their order, some at a time. @throws LakeFailure when it is damaged or makes no sense. */
export async function* readSheetRows(sheet: Sheet): AsyncGenerator<readonly SheetRow[]> {
  const builder = new RowBuilder(sheet);
  const parsing = readPart(sheet.workbook, sheet.part, {
    open: (name, attributes) => builder.open(name, attributes),
    text: (piece) => builder.addText(piece),
    close: (name) => builder.close(name),
  });
  for await (const _ of parsing) {
    const rows = builder.take();
    if (rows.length > 0) yield rows;
  }
}

class RowBuilder {
  readonly #sheet: Sheet;
  readonly #item = new ItemText();
  #rows: SheetRow[] = [];
  #cells: FilledCell[] = [];
  #inRow = false;
  #cell: Attributes | undefined;
  #hasValue = false;
  #hasFormula = false;
  #number = 0;
  #column = 0;
  #rowChars = 0;
  #sheetChars = 0;

  constructor(sheet: Sheet) {
    this.#sheet = sheet;
  }

  open(name: string, attributes: Attributes): void {
    if (name === 'row') this.#beginRow(attributes);
    else if (name === 'c' && this.#inRow) this.#beginCell(attributes);
    else if (this.#cell) {
      this.#item.open(name);
      this.#hasValue ||= name === 'v' || name === 'is';
      this.#hasFormula ||= name === 'f';
    }
  }

  addText(piece: string): void {
    if (this.#cell && !this.#item.add(piece)) {
      throw this.#wrong(`its text has more than ${longestCellChars} characters`);
    }
  }

  close(name: string): void {
    if (this.#cell && name !== 'c') this.#item.close(name);
    else if (name === 'c') this.#endCell();
    else if (name === 'row') this.#endRow();
  }

  take(): readonly SheetRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }

  #beginRow({ r: number }: Attributes): void {
    const next = number === undefined ? this.#number + 1 : Number(number);
    if (!Number.isInteger(next) || next <= this.#number || next > lastRow) {
      throw unreadableWorkbook(
        `its row "${number ?? next}" comes after row ${this.#number}, where a row between that and ${lastRow} must come`,
      );
    }
    this.#number = next;
    this.#column = 0;
    this.#cells = [];
    this.#rowChars = 0;
    this.#inRow = true;
  }

  #beginCell(attributes: Attributes): void {
    this.#cell = attributes;
    this.#item.begin();
    this.#hasValue = false;
    this.#hasFormula = false;
    const place = attributes['r'];
    const column = place === undefined ? this.#column + 1 : columnOf(place);
    if (column === undefined || column <= this.#column || column > lastColumn) {
      throw unreadableWorkbook(
        `its cell "${place ?? column}" in row ${this.#number} is not to the right of the one before, or beyond column XFD`,
      );
    }
    this.#column = column;
  }

  #endCell(): void {
    if (this.#cell === undefined) return;
    const text = this.#hasValue ? this.#item.text : undefined;
    const value = cellValue(this.#sheet, { attributes: this.#cell, text });
    if (typeof value === 'object' && value !== null) throw this.#wrong(value.wrong);
    if (typeof value === 'string') this.#count(value.length);
    const held = value === null ? this.#formula(text) : this.#held(value);
    if (held !== undefined) this.#cells.push({ column: this.#column - 1, value: held });
    this.#cell = undefined;
  }

  /** Of one that gives a text, an empty text is what it gives. */
  #formula(text: string | undefined): typeof uncomputed | undefined {
    const type = this.#cell?.['t'];
    const isGiven = type === 'str' || type === 'e' || (text ?? '').trim() !== '';
    return this.#hasFormula && !isGiven ? uncomputed : undefined;
  }

  #held(value: Exclude<CellValue, null>): FilledCell['value'] {
    const isLong = typeof value === 'string' && value.length > longTextChars;
    return isLong && this.#cell?.['t'] === 's' ? { shared: Number(this.#item.text) } : value;
  }

  #count(chars: number): void {
    this.#rowChars += chars;
    this.#sheetChars += chars;
    if (this.#rowChars > longestRowChars) throw this.#wrong('with it its row holds more than 16 MiB');
    if (this.#sheetChars > mostSheetChars)
      throw this.#wrong('with it the sheet holds more than 8 GiB of text');
  }

  #endRow(): void {
    if (this.#cells.length > 0) this.#rows.push({ number: this.#number, cells: this.#cells });
    this.#cells = [];
    this.#inRow = false;
  }

  #wrong(why: string) {
    return unreadableWorkbook(
      `cell ${this.#cell?.['r'] ?? `${this.#column} of row ${this.#number}`}: ${why}`,
    );
  }
}

/** `AB12` -> 28; undefined when it is no place. The row is said by the row. */
function columnOf(place: string): number | undefined {
  let column = 0;
  for (let at = 0; at < place.length; at += 1) {
    const code = place.charCodeAt(at);
    if (code >= 48 && code <= 57) return at > 0 ? column : undefined;
    if (code < 65 || code > 90 || at > 3) return undefined;
    column = column * 26 + code - 64;
  }
  return undefined;
}
