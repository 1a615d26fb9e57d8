import { copierGrammar, type FastCsvFile } from '../fast-csv/fast-csv.ts';
import { LakeFailure } from '../lake-failure.ts';
import { grammarOf } from './csv-grammar.ts';
import { CsvSplitter, type RawRow } from './csv-splitter.ts';
import type { DetectedEncoding } from './detect-encoding.ts';
import { invalidEncoding } from './encoding-notes.ts';
import { countPhysicalLines, type FileFacts, fileState } from './file-facts.ts';
import { lineEndOf, sniffDialect, usualWidth } from './sniff-dialect.ts';
import {
  type CsvDialect,
  type Encoding,
  GrowingBatch,
  type Reading,
  type RecordFault,
  type Source,
  type SourceOptions,
  type SourceRecord,
} from './source.ts';
import { decodeExactly, decodeLoosely, isBytewise, readText, spellAsRead } from './text-stream.ts';
import { uniqueNames } from './unique-names.ts';

const headChars = 512 * 1024;

/** What the reading of rows needs to know about the file. */
interface CsvFile {
  readonly path: string;
  readonly encoding: DetectedEncoding;
  readonly dialect: CsvDialect;
  readonly lineEnd: string;
  readonly columns: readonly string[];
}

/** CSV and its kin: any delimiter, streamed, so that a file may be larger than the memory. */
export async function openCsv(
  path: string,
  { facts, encoding, options }: { facts: FileFacts; encoding: DetectedEncoding; options: SourceOptions },
): Promise<Source> {
  const head = await readHeadText(path, encoding);
  const dialect = sniffDialect(head, options);
  const lineEnd = lineEndOf(head);
  requireWholeFirst(head, { dialect, lineEnd });
  const columns = columnsOf(head, { dialect, lineEnd });
  const file: CsvFile = { path, encoding, dialect, lineEnd, columns };
  return {
    format: 'csv',
    facts,
    columns,
    columnsComplete: true,
    shape: { encoding: encoding.encoding, dialect },
    read: (wanted) => readCsv(file, wanted),
    fastCsv: (wanted) => fastCsvFile(file, wanted),
    countUnits: () => countCsvLines(file, facts),
  };
}

async function readHeadText(path: string, encoding: DetectedEncoding): Promise<string> {
  let head = '';
  for await (const part of readText(path, encoding)) {
    head += part;
    if (head.length >= headChars) break;
  }
  return decodeLoosely(head.slice(0, headChars), encoding.encoding);
}

/** @throws LakeFailure when the head ends within the record that says what the columns are. */
function requireWholeFirst(
  head: string,
  { dialect, lineEnd }: { dialect: CsvDialect; lineEnd: string },
): void {
  if (head.length < headChars) return;
  let at = 0;
  for (let line = 0; line < dialect.skip_lines; line += 1) at = head.indexOf(lineEnd, at) + lineEnd.length;
  if (head.includes(dialect.record_separator ?? lineEnd, at)) return;
  throw new LakeFailure(
    `Line ${dialect.skip_lines + 1} of the file is longer than ${headChars / 1024} KiB, so its columns cannot be told.`,
    'if records end with other signs than a line feed, name them in options.record_separator; otherwise the file has lost its line ends or is no table: ask the vendor for it again.',
  );
}

function columnsOf(
  head: string,
  { dialect, lineEnd }: { dialect: CsvDialect; lineEnd: string },
): readonly string[] {
  const splitter = new CsvSplitter(grammarOf(dialect, { lineEnd }));
  const rows = [...splitter.push(head), ...splitter.end()].filter((row) => row.line > dialect.skip_lines);
  const first = rows[0];
  if (first === undefined) return [];
  if (dialect.header && first.fault === undefined) return uniqueNames(first.cells.map((cell) => cell.trim()));
  const width = usualWidth(rows.filter((row) => row.fault === undefined));
  return Array.from({ length: width }, (_, index) => `column${index + 1}`);
}

function readCsv(file: CsvFile, wanted: readonly string[]): Reading {
  const { dialect, encoding, lineEnd } = file;
  const spell = (text: string): string => spellAsRead(text, encoding.encoding);
  const splitter = new CsvSplitter(grammarOf(dialect, { lineEnd, spell }));
  const progress = { lines: 0 };
  const toRecord = recordBuilder(file, wanted);
  return {
    batches: readBatches(file, { splitter, toRecord, progress }),
    unitsRead: () => progress.lines + splitter.blankLines,
  };
}

/** For a file with one line end, signs of one byte and plain quotes; others are cut record by record. */
function fastCsvFile(file: CsvFile, wanted: readonly string[]): FastCsvFile | undefined {
  const { path, encoding, dialect, columns } = file;
  const width = columns.length;
  if (file.lineEnd !== '\n' || copierGrammar({ encoding, dialect, width }) === undefined) return undefined;
  const fields = wanted.map((name) => columns.indexOf(name));
  return { path, encoding, dialect, width, fields, toRecord: recordBuilder(file, wanted) };
}

interface Cutting {
  readonly splitter: CsvSplitter;
  readonly toRecord: (row: RawRow) => SourceRecord;
  /** Counted where a row is handed on, so that a row that gets lost before is missed. */
  readonly progress: { lines: number };
}

async function* readBatches(file: CsvFile, cutting: Cutting): AsyncGenerator<readonly SourceRecord[]> {
  const { splitter, toRecord, progress } = cutting;
  const batch = new GrowingBatch();
  let headerPending = file.dialect.header;
  const take = (row: RawRow): void => {
    const isPreamble = row.line <= file.dialect.skip_lines;
    if (!isPreamble && !headerPending) batch.add(toRecord(row));
    if (!isPreamble) headerPending = false;
    progress.lines += row.lines;
  };
  for await (const text of readText(file.path, file.encoding)) {
    for (const row of splitter.push(text)) take(row);
    if (batch.isFull) yield batch.take();
  }
  for (const row of splitter.end()) take(row);
  if (!batch.isEmpty) yield batch.take();
}

function recordBuilder(file: CsvFile, wanted: readonly string[]): (row: RawRow) => SourceRecord {
  const { encoding, bomBytes } = file.encoding;
  const indexes = wanted.map((name) => file.columns.indexOf(name));
  const bytesPerChar = isBytewise(encoding) ? 1 : 2;
  return (row) => {
    const raw = decodeExactly(row.text, encoding);
    const fault = faultOf(row, { file, isDecoded: raw !== undefined });
    return {
      line: row.line,
      byteOffset: bomBytes + row.offset * bytesPerChar,
      raw: raw ?? decodeLoosely(row.text, encoding),
      cells: fault ? indexes.map(() => null) : indexes.map((index) => cellAt(row, index, encoding)),
      ...(fault && { fault }),
    };
  };
}

function cellAt(row: RawRow, index: number, encoding: Encoding): string | null {
  const cell = row.cells[index];
  if (cell === undefined || cell === '') return null;
  return decodeExactly(cell, encoding) ?? decodeLoosely(cell, encoding);
}

function faultOf(
  row: RawRow,
  { file, isDecoded }: { file: CsvFile; isDecoded: boolean },
): RecordFault | undefined {
  if (row.fault === 'record_too_large') {
    return { reason: row.fault, detail: 'the record is longer than 4 MiB; only its start is kept' };
  }
  if (!isDecoded) return invalidEncoding(file.encoding.encoding);
  if (row.fault === 'malformed_quotes') {
    return { reason: row.fault, detail: 'a quote is never closed, or text follows a closing quote' };
  }
  const [found, width] = [row.cells.length, file.columns.length];
  if (found === width) return undefined;
  const reason = found > width ? 'too_many_columns' : 'too_few_columns';
  return { reason, detail: `${found} fields where ${width} are expected${commentHint(row, file)}` };
}

/** Never taken for granted: whatever is skipped is told by nobody. */
function commentHint(row: RawRow, { columns, dialect }: CsvFile): string {
  const sign = /^(?:#|\/\/|--)/.exec(row.text)?.[0];
  const mayBe = sign !== undefined && dialect.comment === undefined && row.cells.length < columns.length;
  return mayBe ? `; if lines that begin with "${sign}" are no records, pass options.comment` : '';
}

async function countCsvLines(file: CsvFile, facts: FileFacts): Promise<number> {
  if (facts.bytes <= file.encoding.bomBytes) return 0;
  const { encoding } = file.encoding;
  const isCounted = isBytewise(encoding) && file.lineEnd === '\n';
  // Counted with the hash, by its own pass over the bytes; counted anew only when they are no longer the same.
  if (isCounted && (await fileState(file.path)) === facts.state) return facts.physicalLines;
  return countPhysicalLines(file.path, {
    lineEndCode: file.lineEnd.charCodeAt(0),
    bytesPerUnit: isBytewise(encoding) ? 1 : 2,
    bigEndian: encoding === 'utf-16be',
  });
}
