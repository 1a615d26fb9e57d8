import { LakeFailure } from '../lake-failure.ts';
import { cellContent, readSheetRows, type Sheet, type SheetRow } from './sheet-rows.ts';
import type { SourceOptions } from './source.ts';
import { uniqueNames } from './unique-names.ts';

/** Where the records of a sheet are. */
export interface SheetTable {
  readonly columns: readonly string[];
  /** Rows up to this number are a title, a note or the header. */
  readonly lastAbove: number;
  /** Of those, the rows that hold something. */
  readonly rowsAbove: number;
}

/** The sheet is read once for its size and, up to its header, once more. */
export async function measureSheet(sheet: Sheet, options: SourceOptions): Promise<SheetTable> {
  const { width, steps } = await measure(sheet);
  const skipped = options.skip_lines ?? titleRows(steps, width);
  const { header, rowsSkipped } = await firstBelow(sheet, skipped);
  if (header === undefined || options.header === false) {
    const columns = Array.from({ length: width }, (_, index) => `column${index + 1}`);
    return { columns, lastAbove: skipped, rowsAbove: rowsSkipped };
  }
  const columns = uniqueNames(headerNames(sheet, { header, width }));
  return { columns, lastAbove: header.number, rowsAbove: rowsSkipped + 1 };
}

/** A row with more filled cells than any before it. */
interface Step {
  readonly number: number;
  readonly filled: number;
}

const mostSpannedCells = 1_000_000_000;
const sparseFrom = 100_000_000;
const leastFilled = 0.02;

async function measure(sheet: Sheet): Promise<{ width: number; steps: readonly Step[] }> {
  let width = 0;
  let rowCount = 0;
  let filledCount = 0;
  const steps: Step[] = [];
  for await (const rows of readSheetRows(sheet)) {
    for (const { number, cells } of rows) {
      rowCount += 1;
      filledCount += cells.length;
      width = Math.max(width, (cells.at(-1)?.column ?? 0) + 1);
      if (cells.length > (steps.at(-1)?.filled ?? 0)) steps.push({ number, filled: cells.length });
    }
  }
  const spanned = rowCount * width;
  if (spanned > mostSpannedCells || (spanned > sparseFrom && filledCount < spanned * leastFilled)) {
    throw tooSparse({ rowCount, width, filledCount });
  }
  return { width, steps };
}

/** A title or a note above the table fills one or two cells of a wide sheet. */
function titleRows(steps: readonly Step[], width: number): number {
  const header = steps.find(({ filled }) => filled > width / 2);
  return header && width > 2 ? header.number - 1 : 0;
}

async function firstBelow(
  sheet: Sheet,
  skipped: number,
): Promise<{ header: SheetRow | undefined; rowsSkipped: number }> {
  let rowsSkipped = 0;
  for await (const rows of readSheetRows(sheet)) {
    for (const row of rows) {
      if (row.number > skipped) return { header: row, rowsSkipped };
      rowsSkipped += 1;
    }
  }
  return { header: undefined, rowsSkipped };
}

function headerNames(sheet: Sheet, { header, width }: { header: SheetRow; width: number }): string[] {
  const names = Array.from({ length: width }, () => '');
  for (const cell of header.cells) names[cell.column] = String(cellContent(sheet, cell)).trim();
  return names;
}

function tooSparse({ rowCount, width, filledCount }: Record<'rowCount' | 'width' | 'filledCount', number>) {
  return new LakeFailure(
    `The sheet spans ${rowCount} rows and ${width} columns, of which ${filledCount} cells hold something: such a table is not read.`,
    'delete what stands far to the right of the table, or save the sheet as CSV.',
  );
}
