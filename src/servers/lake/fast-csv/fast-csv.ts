import type { RawRow } from '../sources/csv-splitter.ts';
import type { DetectedEncoding } from '../sources/detect-encoding.ts';
import type { CsvDialect, SourceRecord } from '../sources/source.ts';
import type { CopierGrammar } from './record-copier.ts';

/** A CSV file that can be read by copying its clean records. */
export interface FastCsvFile {
  readonly path: string;
  readonly encoding: DetectedEncoding;
  readonly dialect: CsvDialect;
  /** Fields of a record. */
  readonly width: number;
  /** For each wanted column its field; -1 for none. */
  readonly fields: readonly number[];
  readonly toRecord: (row: RawRow) => SourceRecord;
}

/**
 * A file of records: `<line> <delimiter> <field> <delimiter> <field> … LF`, nothing of it in quotes. Who reads it leaves out
 * those with more fields or fewer.
 */
export interface CsvCopy {
  readonly path: string;
  readonly delimiter: string;
}

/** A piece of the file: most of its records stand in copies, the others are given one by one. */
export interface CsvChunk {
  /** At most two: of `PlainLineCopier` and of `RecordCopier`. `cleanRows` records are in them together. */
  readonly copies: readonly CsvCopy[];
  readonly cleanRows: number;
  /** Of its records; -1 when there are none. */
  readonly lastLine: number;
  readonly firstLine: number;
  /**
   * Gives the lines (32 of them a word, see `LineSet`) that were taken from the copies. What is left is read from the file
   * itself by `rest`.
   * @throws LakeFailure for a line that was not in a copy, or came twice.
   */
  taken(words: Iterable<{ readonly word: number; readonly bits: number; readonly rows: number }>): void;
  /** Records of the copies that were not taken and those that are not clean, in file order. */
  rest(): Generator<SourceRecord>;
  /** When they have been read: another chunk's take their place. */
  giveBackCopies(): void;
}

export interface FastCsvReading {
  readonly chunks: AsyncIterable<CsvChunk>;
  /**
   * The records that start at these lines, which ascend and were in a copy.
   * @throws LakeFailure when there is no record at one of them.
   */
  readAgain(lines: readonly number[]): Generator<readonly SourceRecord[]>;
  /** As `unitsRead` of a Reading: physical lines that are accounted for. */
  unitsRead(): number;
}

/** Smaller files are read record by record: one batch or two, and one data file. */
export const smallestFastBytes = 8 * 1024 * 1024;
/** What is copied before the database reads it: some hundred thousand rows, and a data file of some 30 MB. */
export const fastChunkBytes = 128 * 1024 * 1024;

/** How the file is copied; undefined when its dialect needs the splitter for every record. */
export function copierGrammar({
  encoding: { encoding },
  dialect,
  width,
}: Pick<FastCsvFile, 'encoding' | 'dialect' | 'width'>): CopierGrammar | undefined {
  const { delimiter, quote, record_separator: separator } = dialect;
  const isBytewise = encoding === 'utf-8' || encoding === 'windows-1252';
  if (!isBytewise || width === 0 || (separator !== undefined && separator !== '\n')) return undefined;
  if (dialect.escape !== undefined || dialect.comment !== undefined || dialect.trim_quotes) return undefined;
  if (!isOneSign(delimiter) || (quote !== '' && !isOneSign(quote)) || delimiter === quote) return undefined;
  return {
    delimiter: delimiter.charCodeAt(0),
    quote: quote === '' ? undefined : quote.charCodeAt(0),
    width,
    takesUtf8: encoding === 'utf-8',
  };
}

/** One byte of ASCII that ends no line. */
function isOneSign(text: string): boolean {
  return text.length === 1 && (text === '\t' || (text >= ' ' && text <= '~'));
}
