import sax from 'sax';
import { LakeFailure } from '../lake-failure.ts';
import { type XmlFile, xmlText } from './xml-text.ts';

export interface ElementSurvey {
  count: number;
  /** Has attributes or child elements: could be a record. */
  isComplex: boolean;
}

const deepestXml = 200;
const mostPaths = 10_000;

/** What one takes beside its name and value, roughly. */
const charsOfAttribute = 16;

/** A comment, an attribute or a DOCTYPE of more characters is refused: the parser holds them whole. */
const longestMarkup = 4 * 1024 * 1024;
Object.assign(sax, { MAX_BUFFER_LENGTH: longestMarkup });

/** What the parser is run over, and how failures name it. */
export interface XmlText {
  readonly pieces: AsyncIterable<string>;
  readonly what: string;
}

/**
 * Runs the parser over the file, piece by piece; gives control back after each. What a DOCTYPE declares is not read and
 * nothing is ever fetched.
 */
export function parseXml(file: XmlFile, handlers: (parser: sax.SAXParser) => void): AsyncGenerator<void> {
  return parseXmlText({ pieces: xmlText(file), what: 'The file' }, handlers);
}

export async function* parseXmlText(
  { pieces, what }: XmlText,
  handlers: (parser: sax.SAXParser) => void,
): AsyncGenerator<void> {
  const parser = sax.parser(true, { position: true });
  handlers(parser);
  limitMarkup(parser);
  parser.onerror = (error) => {
    const [said = '', line = ''] = error.message.split('\n');
    const why = said.replace(/^Max buffer length exceeded: (\w+)$/, tooLongMarkup);
    throw new LakeFailure(
      `${what} is not well-formed XML: ${why} (${line.replace('Line: ', 'line, counted from 0: ')}).`,
      'the vendor must mend the file; entities that its DOCTYPE declares are not expanded.',
    );
  };
  for await (const piece of pieces) {
    parser.write(piece);
    yield;
  }
  parser.close();
  yield;
}

/** Of a tag all attributes are held until it ends, and of a nest all names: neither has a limit in the parser. */
function limitMarkup(parser: sax.SAXParser): void {
  const { onopentag, onclosetag } = parser;
  let depth = 0;
  let held = 0;
  parser.onattribute = ({ name, value }) => {
    held += name.length + value.length + charsOfAttribute;
    if (held > longestMarkup) throw tagTooLong(parser.line + 1);
  };
  parser.onopentag = (tag) => {
    held = 0;
    depth += 1;
    if (depth > deepestXml) throw tooDeep(parser.line + 1);
    onopentag?.call(parser, tag);
  };
  parser.onclosetag = (name) => {
    depth -= 1;
    onclosetag?.call(parser, name);
  };
}

function tooLongMarkup(_: string, kind: string): string {
  const what = kind.startsWith('attrib') ? 'an attribute' : kind === 'tagName' ? 'a name' : `a ${kind}`;
  return `${what} is longer than ${longestMarkup / 1024 / 1024} MiB`;
}

function tooDeep(line: number): LakeFailure {
  return new LakeFailure(
    `Elements are nested more than ${deepestXml} deep (line ${line}).`,
    'the file is damaged or no feed of records: ask the vendor for it again.',
  );
}

function tagTooLong(line: number): LakeFailure {
  return new LakeFailure(
    `The attributes of one element take more than ${longestMarkup / 1024 / 1024} MiB (line ${line}).`,
    'the vendor must mend the file: values of that size belong into elements.',
  );
}

/** How often each path occurs, in the order of first occurrence. */
export async function surveyElements(file: XmlFile): Promise<Map<string, ElementSurvey>> {
  const survey = new Map<string, ElementSurvey>();
  const path: string[] = [];
  const parsing = parseXml(file, (parser) => {
    parser.onopentag = (tag) => {
      const parent = survey.get(path.join('/'));
      if (parent) parent.isComplex = true;
      path.push(tag.name);
      const key = path.join('/');
      const known = survey.get(key) ?? { count: 0, isComplex: false };
      known.count += 1;
      known.isComplex ||= Object.keys(tag.attributes).length > 0;
      survey.set(key, known);
      if (survey.size > mostPaths) throw tooManyPaths();
    };
    parser.onclosetag = () => {
      path.pop();
    };
  });
  for await (const _ of parsing);
  if (survey.size === 0) throw new LakeFailure('The file holds no XML element.');
  return survey;
}

function tooManyPaths(): LakeFailure {
  return new LakeFailure(
    `The document has more than ${mostPaths} different paths of elements.`,
    'its element names hold values; ask the vendor for a feed with fixed names.',
  );
}

/** The repeated element nearest to the root that has parts; of several there, the most frequent. */
export function findRecordElement(survey: ReadonlyMap<string, ElementSurvey>): string {
  const depthOf = (path: string): number => path.split('/').length;
  const rank = (minimum: number): string | undefined =>
    [...survey]
      .filter(([path, found]) => found.isComplex && found.count >= minimum && depthOf(path) > 1)
      .sort(([a, first], [b, second]) => depthOf(a) - depthOf(b) || second.count - first.count)[0]?.[0];
  return rank(2) ?? rank(1) ?? [...survey.keys()][0] ?? '';
}
