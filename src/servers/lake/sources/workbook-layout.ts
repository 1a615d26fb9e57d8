import { unescapeCharacters } from './sheet-text.ts';
import { readPart, unreadableWorkbook, type Workbook } from './workbook-part.ts';
import type { ZipEntry } from './zip-guard.ts';

export interface SheetPlace {
  readonly name: string;
  /** Undefined: it holds no cells (a chart), or its part is missing. */
  readonly part: ZipEntry | undefined;
}

/** Which parts of a workbook hold what: the names of the parts are the writer's choice. */
export interface WorkbookLayout {
  readonly sheets: readonly SheetPlace[];
  /** Days are counted from 1904, as old Macs did, and not from 1900. */
  readonly countsFrom1904: boolean;
  readonly sharedStrings: ZipEntry | undefined;
  readonly styles: ZipEntry | undefined;
}

/** An answer names all sheets. */
const mostSheets = 1000;

/** @throws LakeFailure when the workbook does not say which sheets it has, or has too many. */
export async function readLayout(workbook: Workbook): Promise<WorkbookLayout> {
  const { sheets, countsFrom1904 } = await readSheetNames(workbook);
  const relations = await readRelations(workbook);
  const parts = new Map(workbook.entries.map((entry) => [entry.name, entry]));
  const first = (kind: string, usual: string): ZipEntry | undefined => {
    const relation = [...relations.values()].find((each) => each.kind === kind);
    return parts.get(relation?.target ?? usual);
  };
  return {
    sheets: sheets.map(({ name, id }) => {
      const relation = relations.get(id);
      return { name, part: relation?.kind === 'worksheet' ? parts.get(relation.target) : undefined };
    }),
    countsFrom1904,
    sharedStrings: first('sharedStrings', 'xl/sharedStrings.xml'),
    styles: first('styles', 'xl/styles.xml'),
  };
}

async function readSheetNames(workbook: Workbook) {
  const sheets: { name: string; id: string }[] = [];
  let countsFrom1904: boolean | undefined;
  const part = requirePart(workbook, 'xl/workbook.xml');
  const parsing = readPart(workbook, part, {
    open: (name, attributes) => {
      if (name === 'workbookPr') countsFrom1904 ??= /^(1|true)$/.test(attributes['date1904'] ?? '');
      if (name !== 'sheet' || !attributes['name']) return;
      sheets.push({ name: unescapeCharacters(attributes['name']), id: attributes['id'] ?? '' });
      if (sheets.length > mostSheets) throw unreadableWorkbook(`it has more than ${mostSheets} sheets`);
    },
  });
  for await (const _ of parsing);
  if (sheets.length === 0) throw unreadableWorkbook('it has no sheet');
  return { sheets, countsFrom1904: countsFrom1904 ?? false };
}

interface Relation {
  readonly kind: string;
  readonly target: string;
}

async function readRelations(workbook: Workbook): Promise<ReadonlyMap<string, Relation>> {
  const relations = new Map<string, Relation>();
  const part = requirePart(workbook, 'xl/_rels/workbook.xml.rels');
  const parsing = readPart(workbook, part, {
    open: (name, { Id: id = '', Type: type = '', Target: target = '' }) => {
      if (name !== 'Relationship') return;
      const kind = type.slice(type.lastIndexOf('/') + 1);
      relations.set(id, { kind, target: target.startsWith('/') ? target.slice(1) : `xl/${target}` });
      if (relations.size > mostSheets * 10) throw unreadableWorkbook('its sheets cannot be told apart');
    },
  });
  for await (const _ of parsing);
  return relations;
}

function requirePart({ entries }: Workbook, name: string): ZipEntry {
  const part = entries.find((entry) => entry.name === name);
  if (part === undefined) throw unreadableWorkbook(`it has no part ${name}`);
  return part;
}
