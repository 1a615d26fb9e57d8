import type { CellFault } from './cell-faults.ts';
import type { FileFacts } from './file-facts.ts';
import { cellText, isValueObject, type Value, type ValueObject } from './json-value.ts';
import { repeatedKey } from './repeated-key.ts';
import type { Encoding, RecordFault, SourceOptions, SourceRecord, SourceShape } from './source.ts';
import { collectPaths, findAt, SeveralValues, valueAt } from './value-path.ts';

/** A record before its columns are asked for. */
export interface LooseRecord {
  readonly value: Value;
  /** Given when the record is kept in another text than its JSON. */
  readonly raw?: string;
  /** The text that `value` was parsed from, where that was JSON. */
  readonly json?: string;
  /** Columns whose cell says how its value is made, and not the value. */
  readonly uncomputed?: ReadonlySet<string>;
  readonly line: number;
  readonly byteOffset?: number | null;
}

/** Every byte is a letter in it, or every unit; in others none is U+FFFD. */
const neverBroken: readonly Encoding[] = ['windows-1252', 'iso-8859-1', 'utf-16le', 'utf-16be', 'gb18030'];

export type DamageTest = (record: LooseRecord) => boolean;

/**
 * These documents are decoded whole, and a broken byte becomes U+FFFD: in a file with broken bytes a record that holds
 * one is not what the vendor sent.
 */
export function damageFinder({ facts, shape }: { facts: FileFacts; shape: SourceShape }): DamageTest {
  const { encoding = 'utf-8' } = shape;
  const mayBreak = encoding === 'utf-8' ? facts.invalidUtf8Bytes > 0 : !neverBroken.includes(encoding);
  if (!mayBreak) return () => false;
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

interface HowToRead {
  readonly wanted: readonly string[];
  readonly options: SourceOptions;
  readonly isDamaged?: DamageTest;
}

export function toSourceRecord(record: LooseRecord, how: HowToRead): SourceRecord {
  const { value } = record;
  const place = { line: record.line, byteOffset: record.byteOffset ?? null, raw: rawText(record) };
  const fault = faultOf(record, how);
  if (fault || !isValueObject(value)) {
    return { ...place, cells: how.wanted.map(() => null), ...(fault && { fault }) };
  }
  const cells = new Cells(record, how);
  const texts = how.wanted.map((path, cell) => cells.read(value, { path, cell }));
  return { ...place, cells: texts, ...(cells.faults && { cellFaults: cells.faults }) };
}

function faultOf(record: LooseRecord, { isDamaged }: HowToRead): RecordFault | undefined {
  const { value, json } = record;
  if (isDamaged?.(record)) return { reason: 'invalid_encoding', detail: 'bytes that are not valid UTF-8' };
  if (!isValueObject(value))
    return { reason: 'not_an_object', detail: 'the record is not an object with named values' };
  const key = json === undefined ? undefined : repeatedKey(json, value);
  if (key === undefined) return undefined;
  return { reason: 'duplicate_key_in_record', detail: `an object of the record has the key "${key}" twice` };
}

class Cells {
  readonly #record: LooseRecord;
  readonly #decimalSeparator: string | undefined;
  faults: CellFault[] | undefined;

  constructor(record: LooseRecord, { options }: HowToRead) {
    this.#record = record;
    this.#decimalSeparator = options.decimal_separator;
  }

  read(value: ValueObject, { path, cell }: { path: string; cell: number }): string | null {
    const found = findAt(value, path);
    if (found instanceof SeveralValues) {
      const detail = `${found.values.length} values at "${path}"; options.columns may name the first as "${found.first}"`;
      this.#add({ cell, reason: 'several_values', detail, isList: true });
      return cellText(found.values);
    }
    if (this.#record.uncomputed?.has(path)) {
      this.#add({ cell, reason: 'no_value', detail: 'a formula, and the file does not hold what it gives' });
    }
    return cellText(found, this.#decimalSeparator);
  }

  #add(fault: CellFault): void {
    this.faults ??= [];
    this.faults.push(fault);
  }
}
