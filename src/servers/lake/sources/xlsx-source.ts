import readWorkbook, { type SheetData } from 'read-excel-file/node';
import { messageOf, nearest } from '../../../errors/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { countSheetRows } from './count-sheet-rows.ts';
import type { FileFacts } from './file-facts.ts';
import type { Value } from './json-value.ts';
import { sourceOfRecords } from './record-source.ts';
import type { Source, SourceOptions } from './source.ts';
import { uniqueNames } from './unique-names.ts';
import { checkWorkbook, type ZipEntry } from './zip-guard.ts';

type Cell = SheetData[number][number] | Date;
type SheetRow = { readonly number: number; readonly cells: readonly Cell[] };

/** One sheet of a workbook; the first row that is as wide as most is the header unless the options say otherwise. */
export async function openXlsx(
  path: string,
  { facts, options }: { facts: FileFacts; options: SourceOptions },
): Promise<Source> {
  const entries = await checkWorkbook(path);
  const sheets = await readSheets(path);
  const sheet = pickSheet(sheets, options.sheet);
  const rows: SheetRow[] = sheet.data
    .map((cells, index) => ({ number: index + 1, cells }))
    .filter((row) => row.cells.some((cell) => cell !== null && cell !== ''));
  const { columns, body } = splitHeader(rows, options);
  return sourceOfRecords(
    body.map((row) => ({ value: recordOf(row.cells, columns), line: row.number })),
    {
      format: 'xlsx',
      facts,
      options,
      columns,
      shape: { sheets: sheets.map(({ sheet: name }) => name), sheet: sheet.sheet },
      count: () => countAgain({ path, entries }, { sheets, sheet, aside: rows.length - body.length }),
    },
  );
}

/** Rows that hold something, without the `aside` ones above the records. */
async function countAgain(
  workbook: { path: string; entries: readonly ZipEntry[] },
  { sheets, sheet, aside }: { sheets: readonly ReadSheet[]; sheet: ReadSheet; aside: number },
): Promise<number> {
  const counted = await countSheetRows(workbook, sheets.indexOf(sheet));
  return (counted ?? countFilledRows(sheet.data)) - aside;
}

type ReadSheet = { readonly sheet: string; readonly data: SheetData };

async function readSheets(path: string): Promise<readonly ReadSheet[]> {
  try {
    return await readWorkbook(path);
  } catch (error) {
    throw new LakeFailure(
      `The file is not a readable XLSX workbook: ${messageOf(error).replaceAll(path, 'the file')}`,
      'old .xls files and password-protected ones cannot be read; ask for .xlsx or CSV.',
    );
  }
}

function pickSheet<T extends { readonly sheet: string }>(
  sheets: readonly T[],
  wanted: string | undefined,
): T {
  const found = wanted === undefined ? sheets[0] : sheets.find(({ sheet }) => sheet === wanted);
  if (found) return found;
  const names = sheets.map(({ sheet }) => sheet);
  const near = nearest(wanted ?? '', names)[0];
  throw new LakeFailure(
    `The workbook has no sheet "${wanted}"; it has ${names.map((name) => `"${name}"`).join(', ')}.`,
    near ? `set options.sheet to "${near}".` : 'set options.sheet to one of them.',
  );
}

function splitHeader(rows: readonly SheetRow[], options: SourceOptions) {
  const width = Math.max(0, ...rows.map((row) => row.cells.length));
  const skipped = rows.filter((row) => row.number > (options.skip_lines ?? titleRows(rows, width)));
  const [first, ...rest] = skipped;
  if (first === undefined || options.header === false) {
    return { columns: Array.from({ length: width }, (_, index) => `column${index + 1}`), body: skipped };
  }
  const names = Array.from({ length: width }, (_, index) => String(first.cells[index] ?? '').trim());
  return { columns: uniqueNames(names), body: rest };
}

/** A title or a note above the table fills one or two cells of a wide sheet. */
function titleRows(rows: readonly SheetRow[], width: number): number {
  const filled = (row: SheetRow): number => row.cells.filter((cell) => cell !== null && cell !== '').length;
  const header = rows.find((row) => filled(row) > width / 2);
  return header && width > 2 ? header.number - 1 : 0;
}

function recordOf(cells: readonly Cell[], columns: readonly string[]): Value {
  return Object.fromEntries(columns.map((name, index) => [name, cellValue(cells[index] ?? null)]));
}

function cellValue(cell: Cell): Value {
  if (cell instanceof Date) return dateText(cell);
  return typeof cell === 'function' ? String(cell) : cell;
}

/** Excel keeps days and instants alike; midnight is taken for a day. */
function dateText(date: Date): string {
  const [day = '', time = ''] = date.toISOString().split('T');
  return time.startsWith('00:00:00') ? day : `${day} ${time.slice(0, 8)}`;
}

function countFilledRows(data: SheetData): number {
  let filled = 0;
  for (const row of data) if (row.some((cell) => cell !== null && cell !== '')) filled += 1;
  return filled;
}
