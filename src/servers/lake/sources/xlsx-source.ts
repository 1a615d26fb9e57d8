import { nearest } from '../../../errors/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { countSheetRows } from './count-sheet-rows.ts';
import { readDateStyles } from './date-styles.ts';
import type { FileFacts } from './file-facts.ts';
import type { Value } from './json-value.ts';
import { measureSheet, type SheetTable } from './measure-sheet.ts';
import { isWanted, toSourceRecord } from './record-source.ts';
import { readSharedStrings } from './shared-strings.ts';
import { cellContent, readSheetRows, type Sheet, type SheetRow, uncomputed } from './sheet-rows.ts';
import { GrowingBatch, type Reading, type Source, type SourceOptions, type SourceRecord } from './source.ts';
import { readLayout, type SheetPlace, type WorkbookLayout } from './workbook-layout.ts';
import { unreadableWorkbook, type Workbook } from './workbook-part.ts';
import { checkWorkbook } from './zip-guard.ts';

/**
 * One sheet of a workbook, streamed; the first row that is as wide as most is the header unless the options say otherwise.
 */
export async function openXlsx(
  path: string,
  { facts, options }: { facts: FileFacts; options: SourceOptions },
): Promise<Source> {
  const workbook: Workbook = { path, entries: await checkWorkbook(path) };
  const layout = await readLayout(workbook);
  const place = pickSheet(layout.sheets, options.sheet);
  const sheet = await openSheet(workbook, { layout, place });
  const table = await measureSheet(sheet, options);
  return {
    format: 'xlsx',
    facts,
    columns: table.columns,
    columnsComplete: true,
    shape: { sheets: layout.sheets.map(({ name }) => name), sheet: place.name },
    read: (wanted) => readSheet(sheet, { table, wanted, options }),
    countUnits: async () =>
      (await countSheetRows(workbook, { sheet: sheet.part, strings: layout.sharedStrings })) -
      table.rowsAbove,
  };
}

const shownSheets = 50;

function pickSheet(sheets: readonly SheetPlace[], wanted: string | undefined): SheetPlace {
  const found = wanted === undefined ? sheets[0] : sheets.find(({ name }) => name === wanted);
  if (found) return found;
  const names = sheets.map(({ name }) => name);
  const near = nearest(wanted ?? '', names)[0];
  const more = names.length > shownSheets ? `, and ${names.length - shownSheets} more` : '';
  const shown = names.slice(0, shownSheets).map((name) => `"${name}"`);
  throw new LakeFailure(
    `The workbook has no sheet "${wanted}"; it has ${shown.join(', ')}${more}.`,
    near ? `set options.sheet to "${near}".` : 'set options.sheet to one of them.',
  );
}

async function openSheet(
  workbook: Workbook,
  { layout, place }: { layout: WorkbookLayout; place: SheetPlace },
): Promise<Sheet> {
  if (place.part === undefined) throw unreadableWorkbook(`its sheet "${place.name}" has no cells`);
  return {
    workbook,
    part: place.part,
    strings: await readSharedStrings(workbook, layout.sharedStrings),
    dateStyles: await readDateStyles(workbook, layout.styles),
    countsFrom1904: layout.countsFrom1904,
  };
}

interface HowToRead {
  readonly table: SheetTable;
  readonly wanted: readonly string[];
  readonly options: SourceOptions;
}

function readSheet(sheet: Sheet, how: HowToRead): Reading {
  let units = 0;
  async function* batches(): AsyncGenerator<readonly SourceRecord[]> {
    const batch = new GrowingBatch();
    for await (const row of recordRows(sheet, how.table)) {
      units += 1;
      const { columns } = how.table;
      const record = {
        value: recordOf(sheet, { row, columns }),
        line: row.number,
        uncomputed: uncomputedOf(row, columns),
      };
      if (isWanted(record.value, how.options)) batch.add(toSourceRecord(record, how));
      if (batch.isFull) yield batch.take();
    }
    if (!batch.isEmpty) yield batch.take();
  }
  return { batches: batches(), unitsRead: () => units };
}

/** Those below the header. */
async function* recordRows(sheet: Sheet, { lastAbove }: SheetTable): AsyncGenerator<SheetRow> {
  for await (const rows of readSheetRows(sheet)) {
    for (const row of rows) if (row.number > lastAbove) yield row;
  }
}

function recordOf(sheet: Sheet, { row, columns }: { row: SheetRow; columns: readonly string[] }): Value {
  const values = new Array<Value>(columns.length).fill(null);
  for (const cell of row.cells) values[cell.column] = cellContent(sheet, cell);
  return Object.fromEntries(columns.map((name, index) => [name, values[index] ?? null]));
}

function uncomputedOf({ cells }: SheetRow, columns: readonly string[]): ReadonlySet<string> {
  return new Set(cells.flatMap(({ column, value }) => (value === uncomputed ? [columns[column] ?? ''] : [])));
}
