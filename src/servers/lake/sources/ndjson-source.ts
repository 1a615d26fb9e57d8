import { CsvSplitter, type RawRow } from './csv-splitter.ts';
import type { DetectedEncoding } from './detect-encoding.ts';
import { invalidEncoding } from './encoding-notes.ts';
import { countPhysicalLines, type FileFacts } from './file-facts.ts';
import { isValueObject, jsonFault, parseExactly, type Value } from './json-value.ts';
import { isWanted, pathsOf, toSourceRecord } from './record-source.ts';
import { GrowingBatch, type Reading, type Source, type SourceOptions, type SourceRecord } from './source.ts';
import { decodeExactly, decodeLoosely, isBytewise, readText } from './text-stream.ts';

/** One JSON object per line, streamed. */
interface NdjsonFile {
  readonly path: string;
  readonly encoding: DetectedEncoding;
  readonly options: SourceOptions;
}

const headLines = 2000;

export async function openNdjson(
  path: string,
  { facts, encoding, options }: { facts: FileFacts; encoding: DetectedEncoding; options: SourceOptions },
): Promise<Source> {
  const file: NdjsonFile = { path, encoding, options };
  const head = await readHeadValues(file);
  return {
    format: 'ndjson',
    facts,
    columns: pathsOf(head.values),
    columnsComplete: head.complete,
    shape: { encoding: encoding.encoding },
    read: (wanted) => readNdjson(file, wanted),
    countUnits: () =>
      facts.bytes <= encoding.bomBytes
        ? Promise.resolve(0)
        : countPhysicalLines(path, {
            lineEndCode: 10,
            bytesPerUnit: isBytewise(encoding.encoding) ? 1 : 2,
            bigEndian: encoding.encoding === 'utf-16be',
          }),
  };
}

async function readHeadValues(file: NdjsonFile): Promise<{ values: Value[]; complete: boolean }> {
  const values: Value[] = [];
  const splitter = lineSplitter();
  for await (const text of readText(file.path, file.encoding)) {
    for (const row of splitter.push(text)) {
      addWanted(values, row, file);
      if (values.length >= headLines) return { values, complete: false };
    }
  }
  for (const row of splitter.end()) addWanted(values, row, file);
  return { values, complete: true };
}

function addWanted(values: Value[], row: RawRow, file: NdjsonFile): void {
  const parsed = parseLine(row, file.encoding);
  if ('value' in parsed && isValueObject(parsed.value) && isWanted(parsed.value, file.options)) {
    values.push(parsed.value);
  }
}

/** Lines without quoting: the splitter's guard against endless lines is wanted here as well. */
function lineSplitter(): CsvSplitter {
  return new CsvSplitter({ delimiter: '\n', quote: '', recordEnd: '\n', lineEnd: '\n' });
}

function readNdjson(file: NdjsonFile, wanted: readonly string[]): Reading {
  const splitter = lineSplitter();
  let lines = 0;
  async function* batches(): AsyncGenerator<readonly SourceRecord[]> {
    const batch = new GrowingBatch();
    const take = (row: RawRow): void => {
      lines += row.lines;
      const record = recordOf(row, { file, wanted });
      if (record !== undefined) batch.add(record);
    };
    for await (const text of readText(file.path, file.encoding)) {
      for (const row of splitter.push(text)) take(row);
      if (batch.isFull) yield batch.take();
    }
    for (const row of splitter.end()) take(row);
    if (!batch.isEmpty) yield batch.take();
  }
  return { batches: batches(), unitsRead: () => lines + splitter.blankLines };
}

function recordOf(
  row: RawRow,
  { file, wanted }: { file: NdjsonFile; wanted: readonly string[] },
): SourceRecord | undefined {
  const parsed = parseLine(row, file.encoding);
  const byteOffset = file.encoding.bomBytes + row.offset * (isBytewise(file.encoding.encoding) ? 1 : 2);
  if ('value' in parsed) {
    if (!isWanted(parsed.value, file.options)) return undefined;
    const { value, raw } = parsed;
    const loose = { value, json: raw, raw, line: row.line, byteOffset };
    return toSourceRecord(loose, { wanted, options: file.options });
  }
  return { line: row.line, byteOffset, raw: parsed.raw, cells: wanted.map(() => null), fault: parsed.fault };
}

type ParsedLine =
  | { readonly raw: string; readonly value: Value }
  | { readonly raw: string; readonly fault: { readonly reason: string; readonly detail: string } };

function parseLine(row: RawRow, { encoding }: DetectedEncoding): ParsedLine {
  const raw = decodeExactly(row.text, encoding);
  if (row.fault !== undefined || raw === undefined) {
    const fault = row.fault
      ? { reason: row.fault, detail: 'the line is longer than 4 MiB' }
      : invalidEncoding(encoding);
    return { raw: decodeLoosely(row.text, encoding), fault };
  }
  try {
    return { raw, value: parseExactly(raw) };
  } catch (error) {
    return { raw, fault: { reason: 'invalid_json', detail: jsonFault(error) } };
  }
}
