import type { FileFacts } from './file-facts.ts';
import { cellText, isValueObject, type Value } from './json-value.ts';
import type { SourceOptions, SourceRecord, SourceShape } from './source.ts';
import { collectPaths, valueAt } from './value-path.ts';

/** A record before its columns are asked for. */
export interface LooseRecord {
  readonly value: Value;
  /** Given when the record is kept in another text than its JSON. */
  readonly raw?: string;
  readonly line: number;
  readonly byteOffset?: number;
}

export type DamageTest = (record: LooseRecord) => boolean;

/**
 * These documents are decoded whole, and a broken byte becomes U+FFFD: in a file with broken bytes a record that holds
 * one is not what the vendor sent.
 */
export function damageFinder({ facts, shape }: { facts: FileFacts; shape: SourceShape }): DamageTest {
  if (shape.encoding !== 'utf-8' || facts.invalidUtf8Bytes === 0) return () => false;
  return (record) => rawText(record).includes('\uFFFD');
}

function rawText({ raw, value }: LooseRecord): string {
  return raw ?? JSON.stringify(value);
}

export function pathsOf(values: readonly Value[]): string[] {
  const paths = new Set<string>();
  for (const value of values) if (isValueObject(value)) collectPaths(value, paths);
  return [...paths];
}

export function isWanted(value: Value, { record_filter: filter }: SourceOptions): boolean {
  if (filter === undefined) return true;
  return isValueObject(value) && cellText(valueAt(value, filter.path)) === String(filter.equals);
}

export function toSourceRecord(
  record: LooseRecord,
  {
    wanted,
    options,
    isDamaged,
  }: { wanted: readonly string[]; options: SourceOptions; isDamaged?: DamageTest },
): SourceRecord {
  const { value } = record;
  const place = { line: record.line, byteOffset: record.byteOffset ?? null, raw: rawText(record) };
  if (isDamaged?.(record)) {
    const fault = { reason: 'invalid_encoding', detail: 'bytes that are not valid UTF-8' };
    return { ...place, cells: wanted.map(() => null), fault };
  }
  if (!isValueObject(value)) {
    const fault = { reason: 'not_an_object', detail: 'the record is not an object with named values' };
    return { ...place, cells: wanted.map(() => null), fault };
  }
  return { ...place, cells: wanted.map((path) => cellText(valueAt(value, path), options.decimal_separator)) };
}
