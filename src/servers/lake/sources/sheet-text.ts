/** A spreadsheet spells characters that XML cannot hold as `_x000D_`. */
export function unescapeCharacters(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(/_x([0-9a-f]{4})_/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Excel's own limit is 32,767 characters. */
export const longestCellChars = 1024 * 1024;

/**
 * The text of one string item or cell: that of its `t` elements, in runs or not; how it is pronounced (`rPh`) is no part of it.
 */
export class ItemText {
  text = '';
  #inText = false;
  #pronounced = 0;

  begin(): void {
    this.text = '';
    this.#inText = false;
    this.#pronounced = 0;
  }

  open(name: string): void {
    this.#inText = name === 't' || name === 'v';
    if (name === 'rPh') this.#pronounced += 1;
  }

  close(name: string): void {
    this.#inText = false;
    if (name === 'rPh') this.#pronounced -= 1;
  }

  /** @returns false when it is longer than a cell may be. */
  add(piece: string): boolean {
    if (this.#inText && this.#pronounced === 0) this.text += piece;
    return this.text.length <= longestCellChars;
  }
}
