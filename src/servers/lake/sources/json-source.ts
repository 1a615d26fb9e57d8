import { countJsonRecords } from './count-json-records.ts';
import type { DetectedEncoding } from './detect-encoding.ts';
import type { FileFacts } from './file-facts.ts';
import type { JsonVisitor } from './json-cutter.ts';
import { keysOf } from './json-path.ts';
import { byteOffsetOf, cutJsonFile, type JsonFile, parseCut, tooLargeFault } from './json-records.ts';
import { type DamageTest, damageFinder, isWanted, toSourceRecord } from './record-source.ts';
import type { CutValue } from './running-json-value.ts';
import { GrowingBatch, type Reading, type Source, type SourceOptions, type SourceRecord } from './source.ts';
import { columnsAt, findRecords, WayTo } from './survey-json.ts';
import { decodeLoosely } from './text-stream.ts';

/** A JSON document, streamed: the records are an array, at the top or at a path; anything else there is one record. */
export async function openJson(
  path: string,
  { facts, encoding, options }: { facts: FileFacts; encoding: DetectedEncoding; options: SourceOptions },
): Promise<Source> {
  const file: JsonFile = { path, encoding };
  const { record_path, columns } = await recordsOf(file, options);
  const shape = { encoding: encoding.encoding, record_path };
  const isDamaged = damageFinder({ facts, shape });
  const keys = keysOf(record_path);
  return {
    format: 'json',
    facts,
    columns,
    columnsComplete: true,
    shape,
    read: (wanted) => readJson(file, { keys, wanted, options, isDamaged }),
    countUnits: () => countJsonRecords(file, keys),
  };
}

async function recordsOf(
  file: JsonFile,
  options: SourceOptions,
): Promise<{ record_path: string; columns: readonly string[] }> {
  const { record_path } = options;
  if (record_path === undefined) return findRecords(file, options);
  return { record_path, columns: await columnsAt(file, { keys: keysOf(record_path), options }) };
}

interface HowToRead {
  readonly keys: readonly string[];
  readonly wanted: readonly string[];
  readonly options: SourceOptions;
  readonly isDamaged: DamageTest;
}

function readJson(file: JsonFile, how: HowToRead): Reading {
  let units = 0;
  async function* batches(): AsyncGenerator<readonly SourceRecord[]> {
    const way = new WayTo(how.keys);
    const batch = new GrowingBatch();
    const take = (path: readonly string[], value: CutValue): void => {
      if (path.length !== how.keys.length || !way.leadsTo(path)) return;
      units += 1;
      const record = recordOf(value, { file, how, line: units });
      if (record !== undefined) batch.add(record);
    };
    const visitor: JsonVisitor = { at: (path, kind) => way.at(path, kind), member: take, value: take };
    for await (const _ of cutJsonFile(file, visitor)) {
      if (batch.isFull) yield batch.take();
    }
    if (!batch.isEmpty) yield batch.take();
  }
  return { batches: batches(), unitsRead: () => units };
}

/** Undefined: the filter leaves it out. */
function recordOf(
  value: CutValue,
  { file, how, line }: { file: JsonFile; how: HowToRead; line: number },
): SourceRecord | undefined {
  const byteOffset = byteOffsetOf(value, file.encoding);
  const raw = decodeLoosely(value.text, file.encoding.encoding);
  if (value.isTooLarge) {
    return { line, byteOffset, raw, cells: how.wanted.map(() => null), fault: tooLargeFault };
  }
  const record = { value: parseCut(value, file.encoding), json: raw, raw, line, byteOffset };
  // A damaged record counts as wanted: what its filter column said cannot be known.
  if (!how.isDamaged(record) && !isWanted(record.value, how.options)) return undefined;
  return toSourceRecord(record, how);
}
