import type { Value } from './json-value.ts';
import type { LooseRecord } from './record-source.ts';
import { parseXml } from './xml-elements.ts';

interface OpenElement {
  readonly name: string;
  readonly members: Map<string, Value>;
  readonly repeated: Set<string>;
  text: string;
}

/** The elements of that name, or at that path, as records; one inside another belongs to the outer one. */
export function readXmlRecords(text: string, recordElement: string): LooseRecord[] {
  const records: LooseRecord[] = [];
  const path: string[] = [];
  const open: OpenElement[] = [];
  let started = { line: 0, at: 0 };
  const isRecord = (): boolean =>
    recordElement.includes('/') ? path.join('/') === recordElement : path.at(-1) === recordElement;
  parseXml(text, (parser) => {
    const addText = (part: string): void => {
      const element = open.at(-1);
      if (element) element.text += part;
    };
    parser.ontext = addText;
    parser.oncdata = addText;
    parser.onopentag = (tag) => {
      path.push(tag.name);
      if (open.length === 0) {
        if (!isRecord()) return;
        started = { line: parser.line + 1, at: parser.startTagPosition - 1 };
      }
      open.push(openElement(tag.name, tag.attributes as Record<string, string>));
    };
    parser.onclosetag = () => {
      path.pop();
      const closed = open.pop();
      if (closed === undefined) return;
      const parent = open.at(-1);
      if (parent) addMember(parent, closed);
      else
        records.push({
          value: recordValue(closed),
          line: started.line,
          raw: text.slice(started.at, parser.position),
        });
    };
  });
  return records;
}

function openElement(name: string, attributes: Record<string, string>): OpenElement {
  const members = new Map<string, Value>(
    Object.entries(attributes).map(([key, value]) => [`@${key}`, value]),
  );
  return { name, members, repeated: new Set(), text: '' };
}

function addMember(parent: OpenElement, child: OpenElement): void {
  const value = elementValue(child);
  const known = parent.members.get(child.name);
  if (known === undefined) {
    parent.members.set(child.name, value);
  } else if (parent.repeated.has(child.name)) {
    (known as Value[]).push(value);
  } else {
    parent.repeated.add(child.name);
    parent.members.set(child.name, [known, value]);
  }
}

/** A plain element is its text; one with attributes or children is an object. */
function elementValue(element: OpenElement): Value {
  return element.members.size === 0 ? element.text.trim() : recordValue(element);
}

function recordValue(element: OpenElement): Value {
  const text = element.text.trim();
  const members = [...element.members];
  return Object.fromEntries(text === '' ? members : [...members, ['#text', text] as const]);
}
