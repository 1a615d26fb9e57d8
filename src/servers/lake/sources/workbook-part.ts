import { LakeFailure } from '../lake-failure.ts';
import { parseXmlText } from './xml-elements.ts';
import { unpack, type ZipEntry } from './zip-guard.ts';

/** A workbook whose archive was checked. */
export interface Workbook {
  readonly path: string;
  readonly entries: readonly ZipEntry[];
}

export type Attributes = Readonly<Record<string, string>>;

/** Names come without their prefix, but for those of namespaces. */
export interface PartHandlers {
  open(name: string, attributes: Attributes): void;
  text?(text: string): void;
  close?(name: string): void;
}

/** Sends a part of the workbook through the XML reader; gives control back after each piece. */
export function readPart(workbook: Workbook, part: ZipEntry, handlers: PartHandlers): AsyncGenerator<void> {
  const what = `The file is not a readable XLSX workbook: its part ${part.name}`;
  return parseXmlText({ pieces: partText(workbook, part), what }, (parser) => {
    const text = (piece: string): void => handlers.text?.(piece);
    parser.onopentag = ({ name, attributes }) =>
      handlers.open(localName(name), localNames(attributes as Attributes));
    parser.ontext = text;
    parser.oncdata = text;
    parser.onclosetag = (name) => handlers.close?.(localName(name));
  });
}

export async function* partText({ path }: Workbook, part: ZipEntry): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8');
  for await (const bytes of unpack(path, part)) yield decoder.decode(bytes, { stream: true });
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

export function unreadableWorkbook(why: string): LakeFailure {
  return new LakeFailure(
    `The file is not a readable XLSX workbook: ${why}.`,
    'open it in a spreadsheet program and save it again as .xlsx, or save the sheet as CSV, which is streamed.',
  );
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function localNames(attributes: Attributes): Attributes {
  const names: Record<string, string> = {};
  for (const name in attributes) {
    const value = attributes[name] ?? '';
    names[name.startsWith('xmlns') ? name : localName(name)] = value;
  }
  return names;
}
