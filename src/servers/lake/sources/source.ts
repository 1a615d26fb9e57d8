import { type FileEncoding, fileEncodings } from '../../../metadata/file-encodings.ts';
import type { FastCsvFile } from '../fast-csv/fast-csv.ts';
import type { CellFault } from './cell-faults.ts';
import type { FileFacts } from './file-facts.ts';

export const fileFormats = ['csv', 'json', 'ndjson', 'parquet', 'xlsx', 'xml'] as const;
export type FileFormat = (typeof fileFormats)[number];

export const encodings = fileEncodings;
export type Encoding = FileEncoding;

/** How a file is to be read; what is left out is detected. */
export interface SourceOptions {
  readonly format?: FileFormat | undefined;
  readonly delimiter?: string | undefined;
  readonly quote?: string | undefined;
  readonly escape?: string | undefined;
  readonly comment?: string | undefined;
  readonly trim_quotes?: boolean | undefined;
  readonly record_separator?: string | undefined;
  readonly encoding?: Encoding | undefined;
  readonly header?: boolean | undefined;
  readonly skip_lines?: number | undefined;
  readonly decimal_separator?: ',' | '.' | undefined;
  readonly null_values?: readonly string[] | undefined;
  readonly date_format?: string | readonly string[] | undefined;
  readonly record_path?: string | undefined;
  readonly record_element?: string | undefined;
  readonly record_filter?: { readonly path: string; readonly equals: string | number | boolean } | undefined;
  readonly sheet?: string | undefined;
}

/** Why a record cannot be loaded, found while it was being read. */
export interface RecordFault {
  readonly reason: string;
  readonly column?: string;
  readonly detail: string;
}

export interface SourceRecord {
  /** Physical line where the record starts; of JSON, and of Parquet, the record's number, of a sheet the row's. From 1. */
  readonly line: number;
  /** Where the record starts in the file; null of a sheet and of Parquet, which are packed. */
  readonly byteOffset: number | null;
  /** The record as it stands in the file, for the reject table. */
  readonly raw: string;
  /** One text per asked column, in that order. Null: nothing there. */
  readonly cells: readonly (string | null)[];
  readonly fault?: RecordFault;
  readonly cellFaults?: readonly CellFault[];
}

/** A file that was opened for reading, its dialect known. */
export interface Source {
  readonly format: FileFormat;
  readonly facts: FileFacts;
  /** Names (CSV, XLSX) or paths (JSON, XML, Parquet) of what a record holds, in file order. */
  readonly columns: readonly string[];
  /** False when only the head of the file was looked at and further paths may turn up. */
  readonly columnsComplete: boolean;
  /** What was found out about the file, as `inspect_file` shows it. */
  readonly shape: SourceShape;
  /** XML: the paths of the elements that are records, where several have the name that was asked for. */
  readonly recordPaths?: readonly string[];
  /** Reads from the start, in batches. Can be called again. */
  read(columns: readonly string[]): Reading;
  /** The same records for a reader that copies most of them; undefined where each must be cut by itself. */
  fastCsv?(columns: readonly string[]): FastCsvFile | undefined;
  /**
   * Counts the file's units (see Reading) by other means than `read` does, so that a reader that loses records is
   * found out.
   */
  countUnits(): Promise<number>;
}

export interface Reading {
  readonly batches: AsyncIterable<readonly SourceRecord[]>;
  /**
   * How many units of the file are accounted for once `batches` has ended: physical lines for text files
   * (a record may cover several, a blank line is none), records for the others.
   */
  unitsRead(): number;
}

export interface SourceShape {
  readonly encoding?: Encoding;
  readonly dialect?: CsvDialect;
  readonly sheets?: readonly string[];
  readonly sheet?: string;
  readonly record_path?: string;
  readonly record_element?: string;
}

export interface CsvDialect {
  readonly delimiter: string;
  readonly quote: string;
  /** Before a quote, a delimiter, the end of a record or itself: that stands for itself. */
  readonly escape?: string;
  /** Lines that begin with it are no records. */
  readonly comment?: string;
  /** Blanks before an opening and after a closing quote are no part of the value. */
  readonly trim_quotes?: true;
  readonly record_separator?: string;
  readonly header: boolean;
  readonly skip_lines: number;
}

/** Records per batch: one appender flush and one round of checks each. */
export const batchSize = 20_000;

/** Characters of raw records per batch: fewer records when they are large. */
const batchChars = 4 * 1024 * 1024;

/** Records that wait to be given on, by their number and by what they hold. */
export class GrowingBatch {
  #records: SourceRecord[] = [];
  #chars = 0;

  get isFull(): boolean {
    return this.#records.length >= batchSize || this.#chars >= batchChars;
  }

  get isEmpty(): boolean {
    return this.#records.length === 0;
  }

  add(record: SourceRecord): void {
    this.#records.push(record);
    this.#chars += record.raw.length;
  }

  take(): readonly SourceRecord[] {
    const records = this.#records;
    this.#records = [];
    this.#chars = 0;
    return records;
  }
}
