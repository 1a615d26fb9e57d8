import type { DuckDBAppender } from '@duckdb/node-api';
import type { SourceRecord } from '../sources/source.ts';
import type { Session } from './statement.ts';

/** A raw row longer than this is kept cut: the file itself is the full record. */
const longestRaw = 64 * 1024;

/**
 * Puts a batch into the temporary table `stage`: the record's number and place, its raw row, its fault if it has one,
 * and its cells as `c0`, `c1`, … Whatever was staged before is gone.
 */
export async function fillStage(
  session: Session,
  { columns, batch, firstNumber }: { columns: number; batch: readonly SourceRecord[]; firstNumber: number },
): Promise<void> {
  const cells = Array.from({ length: columns }, (_, index) => `c${index} VARCHAR`);
  const fixed =
    'n BIGINT, line BIGINT, byte_offset BIGINT, raw VARCHAR, reason VARCHAR, col VARCHAR, detail VARCHAR';
  await session.run(`CREATE OR REPLACE TEMP TABLE stage (${[fixed, ...cells].join(', ')})`);
  const appender = await session.connection.createAppender('stage', 'main', 'temp');
  let number = firstNumber;
  for (const record of batch) {
    number += 1;
    appendRecord(appender, withZeroBytesTold(record), number);
  }
  appender.flushSync();
  appender.closeSync();
}

function appendRecord(appender: DuckDBAppender, record: SourceRecord, number: number): void {
  appender.appendBigInt(BigInt(number));
  appender.appendBigInt(BigInt(record.line));
  if (record.byteOffset === null) appender.appendNull();
  else appender.appendBigInt(BigInt(record.byteOffset));
  appender.appendVarchar(storable(keptRaw(record.raw)));
  appendText(appender, record.fault?.reason);
  appendText(appender, record.fault?.column);
  appendText(appender, record.fault?.detail);
  for (const cell of record.cells) appendText(appender, cell);
  appender.endRow();
}

function appendText(appender: DuckDBAppender, text: string | null | undefined): void {
  if (text === null || text === undefined) appender.appendNull();
  else appender.appendVarchar(storable(text));
}

/** A cut is seen at its end, so that nobody takes the start for the whole. */
function keptRaw(raw: string): string {
  if (raw.length <= longestRaw) return raw;
  const start = raw.slice(0, longestRaw).replace(/[\uD800-\uDBFF]$/, '');
  return `${start}… [cut: ${raw.length} characters in the file]`;
}

/** No value can hold one, so a record with one in a cell is not loaded as something else. */
function withZeroBytesTold(record: SourceRecord): SourceRecord {
  if (record.fault || !record.cells.some((cell) => cell?.includes('\0'))) return record;
  return { ...record, fault: { reason: 'zero_byte', detail: 'a value holds a zero byte' } };
}

/** A zero byte would end the text on its way into the database; what is kept of a reject shows U+FFFD in its place. */
function storable(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\uFFFD') : text;
}
