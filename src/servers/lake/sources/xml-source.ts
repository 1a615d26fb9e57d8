import { LakeFailure } from '../lake-failure.ts';
import { countXmlElements } from './count-xml-elements.ts';
import type { DetectedEncoding } from './detect-encoding.ts';
import type { FileFacts } from './file-facts.ts';
import { refuseHugeDocument, sourceOfRecords } from './record-source.ts';
import type { Source, SourceOptions } from './source.ts';
import { readWholeText } from './text-stream.ts';
import { findRecordElement, surveyElements } from './xml-elements.ts';
import { readXmlRecords } from './xml-records.ts';

/** Every repeated element is one record: attributes as `@name`, text beside them as `#text`. */
export async function openXml(
  path: string,
  { facts, encoding, options }: { facts: FileFacts; encoding: DetectedEncoding; options: SourceOptions },
): Promise<Source> {
  refuseHugeDocument(facts, 'ask for the feed in several files, or as NDJSON.');
  const text = (await readWholeText(path, encoding)).replace(/^\uFEFF/, '');
  const survey = surveyElements(text);
  const record_element = options.record_element ?? findRecordElement(survey);
  if (!hasElement(survey.keys(), record_element)) throw noSuchElement(record_element, [...survey.keys()]);
  const records = readXmlRecords(text, record_element);
  return sourceOfRecords(records, {
    format: 'xml',
    facts,
    options,
    shape: { encoding: encoding.encoding, record_element },
    count: async () => countXmlElements(text, record_element),
  });
}

function hasElement(paths: Iterable<string>, wanted: string): boolean {
  for (const path of paths) if (path === wanted || path.endsWith(`/${wanted}`)) return true;
  return false;
}

function noSuchElement(wanted: string, paths: readonly string[]): LakeFailure {
  return new LakeFailure(
    `The document has no element "${wanted}".`,
    `leave record_element out, or take one of ${paths.slice(0, 20).join(', ')}.`,
  );
}
