import { type DuckDBResultReader, type DuckDBType, DuckDBTypeId, type Json } from '@duckdb/node-api';
import type { ResultRows } from './table-store.ts';

/** Rows as JSON that is the same on every machine. */
export function toResultRows(reader: DuckDBResultReader): ResultRows {
  const names = reader.deduplicatedColumnNames();
  const types = reader.columnTypes();
  const rows = reader
    .getRowsJson()
    .map((row) =>
      Object.fromEntries(names.map((name, index) => [name, plainValue(row[index] ?? null, types[index])])),
    );
  return {
    columns: names.map((name, index) => ({ name, type: types[index]?.alias ?? String(types[index]) })),
    rows,
  };
}

const wholeTypes: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
]);

function plainValue(value: Json, type: DuckDBType | undefined): Json {
  if (type === undefined || value === null) return value;
  if (wholeTypes.has(type.typeId)) return numberIfExact(String(value));
  if (type.typeId === DuckDBTypeId.DECIMAL) return numberIfExact(String(value));
  return typeof value === 'number' ? roundedDouble(value) : value;
}

/** The text of a number as a number, unless a double would be another number. */
function numberIfExact(text: string): Json {
  return text.replace(/[-.]/g, '').length <= 15 ? Number(text) : text;
}

/** Sums of doubles depend on the order of the threads in their last digits. */
function roundedDouble(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(12));
}
