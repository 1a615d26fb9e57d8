import sax from 'sax';
import { unpack, type ZipEntry } from './zip-guard.ts';

/** What of a workbook its second count needs. */
interface Workbook {
  readonly path: string;
  readonly entries: readonly ZipEntry[];
}

/**
 * Counts the rows of a sheet that hold something without the library that reads them: in the sheet's own XML, streamed.
 * `sheet` is its place in the workbook, from 0. Undefined where the workbook is laid out in a way that is not followed.
 */
export async function countSheetRows(workbook: Workbook, sheet: number): Promise<number | undefined> {
  const part = await partOfSheet(workbook, sheet);
  if (part === undefined) return undefined;
  const empty = await emptySharedStrings(workbook);
  const row = { isFilled: false };
  const cell = { type: '', text: '', isValue: false };
  let count = 0;
  await parsePart(workbook, part, {
    open: (name, attributes) => {
      if (name === 'row') row.isFilled = false;
      if (name === 'c') Object.assign(cell, { type: attributes['t'] ?? '', text: '' });
      cell.isValue = name === 'v' || name === 't';
    },
    text: (text) => {
      if (cell.isValue) cell.text += text;
    },
    close: (name) => {
      cell.isValue = false;
      if (name === 'c' && isFilled(cell, empty)) row.isFilled = true;
      if (name === 'row' && row.isFilled) count += 1;
    },
  });
  return count;
}

/** A cell of blanks alone holds nothing: the library sees it so too. */
function isFilled({ type, text }: { type: string; text: string }, empty: ReadonlySet<number>): boolean {
  return type === 's' ? text !== '' && !empty.has(Number(text)) : text.trim() !== '';
}

/** The sheets in their order, by the relations that the workbook names them with. */
async function partOfSheet(workbook: Workbook, sheet: number): Promise<ZipEntry | undefined> {
  const ids: string[] = [];
  const targets = new Map<string, string>();
  await parseNamed(workbook, 'xl/workbook.xml', (name, attributes) => {
    if (name === 'sheet') ids.push(attributes['r:id'] ?? '');
  });
  await parseNamed(workbook, 'xl/_rels/workbook.xml.rels', (name, attributes) => {
    if (name === 'Relationship') targets.set(attributes['Id'] ?? '', attributes['Target'] ?? '');
  });
  const target = targets.get(ids[sheet] ?? '');
  if (target === undefined) return undefined;
  const name = target.startsWith('/') ? target.slice(1) : `xl/${target}`;
  return workbook.entries.find((entry) => entry.name === name);
}

async function emptySharedStrings(workbook: Workbook): Promise<ReadonlySet<number>> {
  const empty = new Set<number>();
  const part = workbook.entries.find(({ name }) => name === 'xl/sharedStrings.xml');
  if (part === undefined) return empty;
  const string = { index: -1, length: 0, isText: false };
  await parsePart(workbook, part, {
    open: (name) => {
      if (name === 'si') Object.assign(string, { index: string.index + 1, length: 0 });
      string.isText = name === 't';
    },
    text: (text) => {
      if (string.isText) string.length += text.trim().length;
    },
    close: (name) => {
      string.isText = false;
      if (name === 'si' && string.length === 0) empty.add(string.index);
    },
  });
  return empty;
}

async function parseNamed(
  workbook: Workbook,
  name: string,
  open: (name: string, attributes: Record<string, string>) => void,
): Promise<void> {
  const part = workbook.entries.find((entry) => entry.name === name);
  if (part) await parsePart(workbook, part, { open, text: () => undefined, close: () => undefined });
}

async function parsePart(
  { path }: Workbook,
  part: ZipEntry,
  handlers: {
    open: (name: string, attributes: Record<string, string>) => void;
    text: (text: string) => void;
    close: (name: string) => void;
  },
): Promise<void> {
  const parser = sax.parser(true, { xmlns: false });
  parser.onopentag = ({ name, attributes }) =>
    handlers.open(name.replace(/^x:/, ''), attributes as Record<string, string>);
  parser.ontext = handlers.text;
  parser.oncdata = handlers.text;
  parser.onclosetag = (name) => handlers.close(name.replace(/^x:/, ''));
  const decoder = new TextDecoder('utf-8');
  for await (const bytes of unpack(path, part)) parser.write(decoder.decode(bytes, { stream: true }));
  parser.write(decoder.decode()).close();
}
