import { LakeFailure } from '../lake-failure.ts';
import { countXmlElements } from './count-xml-elements.ts';
import type { DetectedEncoding } from './detect-encoding.ts';
import type { FileFacts } from './file-facts.ts';
import { isValueObject } from './json-value.ts';
import { type DamageTest, damageFinder, isWanted, toSourceRecord } from './record-source.ts';
import { GrowingBatch, type Reading, type Source, type SourceOptions, type SourceRecord } from './source.ts';
import { collectPaths } from './value-path.ts';
import { findRecordElement, surveyElements } from './xml-elements.ts';
import { longestXmlRecord, readXmlRecords, type XmlRecord } from './xml-records.ts';
import type { XmlFile } from './xml-text.ts';

interface HowToRead {
  readonly record_element: string;
  readonly options: SourceOptions;
  readonly isDamaged: DamageTest;
}

/** Streamed; every repeated element is one record: attributes as `@name`, text beside them as `#text`. */
export async function openXml(
  path: string,
  { facts, encoding, options }: { facts: FileFacts; encoding: DetectedEncoding; options: SourceOptions },
): Promise<Source> {
  const file: XmlFile = { path, encoding };
  const survey = await surveyElements(file);
  const record_element = options.record_element ?? findRecordElement(survey);
  if (!hasElement(survey.keys(), record_element)) throw noSuchElement(record_element, [...survey.keys()]);
  const shape = { encoding: encoding.encoding, record_element };
  const how: HowToRead = { record_element, options, isDamaged: damageFinder({ facts, shape }) };
  return {
    format: 'xml',
    facts,
    columns: await columnsOf(file, how),
    columnsComplete: true,
    shape,
    recordPaths: pathsOf(record_element, survey.keys()),
    read: (wanted) => readXml(file, { ...how, wanted }),
    countUnits: () => countXmlElements(file, record_element),
  };
}

async function columnsOf(file: XmlFile, how: HowToRead): Promise<readonly string[]> {
  const paths = new Set<string>();
  for await (const records of readXmlRecords(file, how.record_element)) {
    for (const record of records) {
      if (isValueObject(record.value) && isAsked(record, how)) collectPaths(record.value, paths);
    }
  }
  return [...paths];
}

function readXml(file: XmlFile, how: HowToRead & { readonly wanted: readonly string[] }): Reading {
  let units = 0;
  async function* batches(): AsyncGenerator<readonly SourceRecord[]> {
    const batch = new GrowingBatch();
    for await (const records of readXmlRecords(file, how.record_element)) {
      units += records.length;
      for (const record of records.filter((each) => isAsked(each, how))) batch.add(toRecord(record, how));
      if (batch.isFull) yield batch.take();
    }
    if (!batch.isEmpty) yield batch.take();
  }
  return { batches: batches(), unitsRead: () => units };
}

/** What a damaged record's filter column said cannot be known: it counts as wanted. */
function isAsked(record: XmlRecord, { options, isDamaged }: HowToRead): boolean {
  return record.isTooLarge || isDamaged(record) || isWanted(record.value, options);
}

function toRecord(record: XmlRecord, how: HowToRead & { readonly wanted: readonly string[] }): SourceRecord {
  if (!record.isTooLarge) return toSourceRecord(record, how);
  const detail = `the record is longer than ${longestXmlRecord / 1024 / 1024} MiB; only its start is kept`;
  return {
    line: record.line,
    byteOffset: record.byteOffset,
    raw: record.raw,
    cells: how.wanted.map(() => null),
    fault: { reason: 'record_too_large', detail },
  };
}

/** One inside another belongs to the outer one. */
function pathsOf(wanted: string, all: Iterable<string>): string[] {
  if (wanted.includes('/')) return [wanted];
  const named = [...all].filter((path) => path.split('/').at(-1) === wanted);
  return named.filter((path) => !named.some((outer) => path.startsWith(`${outer}/`)));
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
