import type { SharedStrings } from './shared-strings.ts';
import { unescapeCharacters } from './sheet-text.ts';
import type { Attributes } from './workbook-part.ts';

/** Null: the cell is empty, or holds an error such as `#N/A`. Dates are texts. */
export type CellValue = string | number | boolean | null;

interface Referred {
  readonly strings: SharedStrings;
  readonly dateStyles: readonly boolean[];
  readonly countsFrom1904: boolean;
}

/** `text` is what its `v` or `is` holds; undefined without one. */
export function cellValue(
  sheet: Referred,
  { attributes, text }: { attributes: Attributes; text: string | undefined },
): CellValue | { readonly wrong: string } {
  const type = attributes['t'] || 'n';
  switch (type) {
    case 's':
      return text ? sharedText(sheet, text) : null;
    case 'str':
    case 'inlineStr':
      return trimmed(unescapeCharacters(text ?? ''));
    case 'b':
      return truth(text);
    case 'e':
      return null;
    case 'd':
      return text ? isoDate(text) : null;
    case 'n':
      return text ? numberOrDate(sheet, { text, style: attributes['s'] }) : null;
    default:
      return { wrong: `"${type}" is no type of a cell` };
  }
}

function sharedText({ strings }: Referred, text: string) {
  const shared = strings.get(Number(text));
  return shared === undefined ? { wrong: `there is no shared text "${text}"` } : trimmed(shared);
}

function trimmed(text: string): string | null {
  return text.trim() || null;
}

function truth(text: string | undefined) {
  if (!text) return null;
  return text === '1' ? true : text === '0' ? false : { wrong: `"${text}" is neither 0 nor 1` };
}

function isoDate(text: string) {
  // Without a zone it would be read in that of the machine.
  const date = new Date(/T.*(Z|[+-]\d\d:?\d\d)$|^[^T]*$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(date.valueOf()) ? { wrong: `"${text}" is no date` } : dateText(date);
}

const dayMs = 24 * 60 * 60 * 1000;
const daysUntil1970 = 25_569;
const daysUntil1904 = 1462;

function numberOrDate(sheet: Referred, { text, style }: { text: string; style: string | undefined }) {
  const number = Number(text);
  if (Number.isNaN(number)) return { wrong: `"${text}" is no number` };
  if (!style) return number;
  const isDate = sheet.dateStyles[Number(style)];
  if (isDate === undefined) return { wrong: `there is no style ${style}` };
  if (!isDate) return number;
  const days = number + (sheet.countsFrom1904 ? daysUntil1904 : 0) - daysUntil1970;
  const date = new Date(Math.floor(days * dayMs));
  // A number that is beyond all dates is told as what it is, to be judged as one.
  return Number.isNaN(date.valueOf()) ? number : dateText(date);
}

/** Excel keeps days and instants alike; midnight is taken for a day. */
function dateText(date: Date): string {
  const [day = '', time = ''] = date.toISOString().split('T');
  return time.startsWith('00:00:00') ? day : `${day} ${time.slice(0, 8)}`;
}
