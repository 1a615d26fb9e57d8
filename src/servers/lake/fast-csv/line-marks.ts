const linesPerMark = 512;

/** Every so many lines, the byte where a line starts: between two of them lines are counted again. */
export class LineMarks {
  readonly #marks: { readonly line: number; readonly offset: number }[] = [];
  #next = 0;

  /** Lines ascend. */
  add(line: number, offset: number): void {
    if (line < this.#next) return;
    this.#marks.push({ line, offset });
    this.#next = line + linesPerMark;
  }

  /** The last mark at or before the line. */
  before(line: number): { readonly line: number; readonly offset: number } | undefined {
    let low = 0;
    let high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#marks[middle]?.line ?? line) <= line) low = middle + 1;
      else high = middle;
    }
    return this.#marks[low - 1];
  }
}
