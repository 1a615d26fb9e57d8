import type { DataFile } from '../avro/data-file.ts';
import { type JsonValue, valueOfJson, valueToJson } from '../values/value-json.ts';

/**
 * Rows that are on disk as files of a table and that no snapshot names yet. Plain JSON: it can be kept in a database until the
 * moment of the commit, by another process too.
 */
export interface PreparedRows {
  /** The uuid of the table that the files were written for. */
  readonly tableUuid: string;
  readonly rowCount: number;
  readonly files: readonly PreparedFile[];
}

export interface PreparedFile {
  readonly location: string;
  readonly rowCount: number;
  readonly sizeBytes: number;
  readonly specId: number;
  readonly partition: readonly JsonValue[];
  readonly sortOrderId: number | null;
  readonly columns: readonly PreparedColumn[];
}

/** What is known of one column of the file; bounds as hex digits in the format's own bytes. */
export interface PreparedColumn {
  readonly id: number;
  readonly sizeBytes?: number | undefined;
  readonly values?: number | undefined;
  readonly nulls?: number | undefined;
  readonly nans?: number | undefined;
  readonly lower?: string | undefined;
  readonly upper?: string | undefined;
}

export function prepareFiles(tableUuid: string, files: readonly DataFile[]): PreparedRows {
  const rowCount = files.reduce((sum, file) => sum + file.recordCount, 0);
  return { tableUuid, rowCount, files: files.map(preparedFile) };
}

export function dataFilesOf(prepared: readonly PreparedRows[]): readonly DataFile[] {
  return prepared.flatMap((set) => set.files.map(dataFile));
}

function preparedFile(file: DataFile): PreparedFile {
  const { columnSizes, valueCounts, nullCounts, nanCounts, lowerBounds, upperBounds } = file;
  const known = [columnSizes, valueCounts, nullCounts, nanCounts, lowerBounds, upperBounds];
  const ids = new Set(known.flatMap((map) => [...map.keys()]));
  return {
    location: file.location,
    rowCount: file.recordCount,
    sizeBytes: file.fileSizeBytes,
    specId: file.specId,
    partition: file.partition.map(valueToJson),
    sortOrderId: file.sortOrderId,
    columns: [...ids].map((id) => ({
      id,
      ...(columnSizes.has(id) && { sizeBytes: columnSizes.get(id) }),
      ...(valueCounts.has(id) && { values: valueCounts.get(id) }),
      ...(nullCounts.has(id) && { nulls: nullCounts.get(id) }),
      ...(nanCounts.has(id) && { nans: nanCounts.get(id) }),
      ...(lowerBounds.has(id) && { lower: hexOf(lowerBounds.get(id)) }),
      ...(upperBounds.has(id) && { upper: hexOf(upperBounds.get(id)) }),
    })),
  };
}

function dataFile(file: PreparedFile): DataFile {
  const { columns } = file;
  return {
    content: 0,
    location: file.location,
    format: 'PARQUET',
    specId: file.specId,
    partition: file.partition.map(valueOfJson),
    recordCount: file.rowCount,
    fileSizeBytes: file.sizeBytes,
    columnSizes: mapOf(columns, (column) => column.sizeBytes),
    valueCounts: mapOf(columns, (column) => column.values),
    nullCounts: mapOf(columns, (column) => column.nulls),
    nanCounts: mapOf(columns, (column) => column.nans),
    lowerBounds: mapOf(columns, (column) => bytesOf(column.lower)),
    upperBounds: mapOf(columns, (column) => bytesOf(column.upper)),
    splitOffsets: null,
    equalityIds: null,
    sortOrderId: file.sortOrderId,
  };
}

function mapOf<T>(
  columns: readonly PreparedColumn[],
  part: (column: PreparedColumn) => T | undefined,
): ReadonlyMap<number, T> {
  const map = new Map<number, T>();
  for (const column of columns) {
    const value = part(column);
    if (value !== undefined) map.set(column.id, value);
  }
  return map;
}

function hexOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}

function bytesOf(hex: string | undefined): Uint8Array | undefined {
  return hex === undefined ? undefined : Buffer.from(hex, 'hex');
}
