import { closeSync, openSync } from 'node:fs';
import { LakeFailure } from '../lake-failure.ts';
import type { SourceRecord } from '../sources/source.ts';
import type { FastCsvFile } from './fast-csv.ts';
import type { LineMarks } from './line-marks.ts';
import { RecordReader } from './record-reader.ts';

/**
 * The records that start at these lines, cut by the splitter. The lines ascend, and each was seen to start a record.
 * @throws LakeFailure when there is no record at one of them.
 */
export function* readRecordsAt(
  lines: Iterable<number>,
  { file, marks }: { file: FastCsvFile; marks: LineMarks },
): Generator<SourceRecord> {
  const handle = openSync(file.path, 'r');
  const reader = recordReader(file, handle);
  let at = { line: 0, offset: 0 };
  try {
    for (const line of lines) {
      const mark = marks.before(line);
      if (mark === undefined) throw wrongLines();
      if (mark.line > at.line) at = mark;
      const offset = reader.skipLines(at.offset, line - at.line);
      const { row, lines: passed, next } = reader.readRow(offset, line);
      if (row === undefined || row.line !== line) throw wrongLines();
      at = { line: line + passed, offset: next };
      yield file.toRecord(row);
    }
  } finally {
    closeSync(handle);
  }
}

/** Cuts as the splitter cuts the whole file. */
export function recordReader({ dialect, encoding }: FastCsvFile, handle: number): RecordReader {
  return new RecordReader(handle, {
    grammar: { delimiter: dialect.delimiter, quote: dialect.quote, recordEnd: '\n', lineEnd: '\n' },
    markBytes: encoding.bomBytes,
  });
}

export function wrongLines(): LakeFailure {
  return new LakeFailure(
    'The load does not reconcile: a line was read that was not there, or twice. Nothing was kept.',
    'the file may have changed while it was read: call again.',
  );
}
