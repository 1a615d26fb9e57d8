import readWorkbook from 'read-excel-file/node';
import { messageOf } from '../../../errors/index.ts';
import { storeZip } from './stored-zip.ts';
import { readPart, unreadableWorkbook, type Workbook } from './workbook-part.ts';
import { unpack, type ZipEntry } from './zip-guard.ts';

/** Excel's own limits are 65,490 styles and 255 characters of a format. */
const mostStyles = 65_536;
const longestFormat = 1000;
const mostStyleBytes = 16 * 1024 * 1024;

/**
 * Which of the workbook's styles make a date of a number, by the style's number. A date is a number in a style that shows
 * dates, and what such a style looks like is the library's knowledge: it is given a workbook of one cell in each style.
 */
export async function readDateStyles(
  workbook: Workbook,
  part: ZipEntry | undefined,
): Promise<readonly boolean[]> {
  if (part === undefined) return [];
  if (part.unpackedBytes > mostStyleBytes) throw unreadableWorkbook('its styles take more than 16 MiB');
  const count = await countStyles(workbook, part);
  if (count === 0) return [];
  const styles: Buffer[] = [];
  for await (const bytes of unpack(workbook.path, part)) styles.push(bytes);
  try {
    const [sheet] = await readWorkbook(probe(Buffer.concat(styles), count));
    return (sheet?.data ?? []).map(([cell]) => (cell as unknown) instanceof Date);
  } catch (error) {
    throw unreadableWorkbook(`its styles cannot be read (${messageOf(error)})`);
  }
}

/** Held to their limits before the library sees them. */
async function countStyles(workbook: Workbook, part: ZipEntry): Promise<number> {
  let count = 0;
  let formats = 0;
  let isInStyles = false;
  const parsing = readPart(workbook, part, {
    open: (name, attributes) => {
      if (name === 'cellXfs') isInStyles = true;
      if (name === 'xf' && isInStyles) count += 1;
      if (name === 'numFmt') formats += 1;
      const format = attributes['formatCode'] ?? '';
      if (Math.max(count, formats) > mostStyles)
        throw unreadableWorkbook(`it has more than ${mostStyles} styles`);
      if (format.length > longestFormat) {
        throw unreadableWorkbook(`a format of numbers has more than ${longestFormat} characters`);
      }
    },
    close: (name) => {
      if (name === 'cellXfs') isInStyles = false;
    },
  });
  for await (const _ of parsing);
  return count;
}

const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';

function probe(styles: Buffer, count: number): Buffer {
  const rows = Array.from(
    { length: count },
    (_, style) => `<row r="${style + 1}"><c r="A${style + 1}" s="${style}"><v>1</v></c></row>`,
  );
  return storeZip({
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${relations}"><sheets><sheet name="S" sheetId="1" r:id="a"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" Type="${relations}/worksheet" Target="sheet.xml"/><Relationship Id="b" Type="${relations}/styles" Target="styles.xml"/></Relationships>`,
    'xl/sheet.xml': `<worksheet xmlns="${main}"><sheetData>${rows.join('')}</sheetData></worksheet>`,
    'xl/styles.xml': styles,
  });
}
