import { rm, stat } from 'node:fs/promises';
import type { DataFile } from '../avro/data-file.ts';
import { describeTable, type TableName } from '../catalog/table-name.ts';
import { pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import { referencedFiles } from '../maintain/referenced-files.ts';
import type { Warehouse } from '../warehouse.ts';
import type { ConstantColumns } from '../write/constant-columns.ts';
import { dataFilesOf, type PreparedRows, prepareFiles } from '../write/prepared-rows.ts';
import { targetOf, writeDataFiles } from '../write/write-data-files.ts';
import { loadTable, type TableState } from './table-state.ts';

export interface PrepareRequest {
  readonly table: TableName;
  /** A SELECT whose columns have the names of the table's. */
  readonly select: string;
  /** Columns that have one value in all rows, as SQL: they need not be looked at row by row, nor divided into partitions by. */
  readonly constants?: ConstantColumns;
}

/**
 * Writes the rows of a SELECT as files of the table, on disk and named by nobody. `appendPrepared` or `overwritePrepared` makes
 * them part of it, now or after a crash; `discardPrepared` removes them. Until then `listOrphans` must be told of them.
 * @throws IcebergError NOT_FOUND, INVALID, UNSUPPORTED; DuckDB's own errors.
 */
export async function prepareRows(warehouse: Warehouse, request: PrepareRequest): Promise<PreparedRows> {
  const { metadata } = await loadTable(warehouse, request.table);
  const files = await writeDataFiles(warehouse.engine, {
    target: targetOf(metadata, warehouse.fileBytes),
    select: request.select,
    ...(request.constants && { constants: request.constants }),
  });
  return prepareFiles(metadata['table-uuid'], files);
}

/** Removes files that were prepared and are not wanted after all. Those that a snapshot names stay. */
export async function discardPrepared(
  warehouse: Warehouse,
  { table, prepared }: { table: TableName; prepared: readonly PreparedRows[] },
): Promise<void> {
  const { metadata } = await loadTable(warehouse, table);
  const needed = await referencedFiles(metadata, metadata.snapshots);
  for (const { location } of dataFilesOf(prepared)) {
    if (!needed.has(pathOf(location))) await rm(pathOf(location), { force: true });
  }
}

/**
 * The files of the prepared sets, when all of them are there and belong to the table.
 * @throws IcebergError INVALID for files of another table, DAMAGED when one is missing or has another size.
 */
export async function checkedFiles(
  { table, metadata }: TableState,
  prepared: readonly PreparedRows[],
): Promise<readonly DataFile[]> {
  const stranger = prepared.find(({ tableUuid }) => tableUuid !== metadata['table-uuid']);
  if (stranger) {
    throw new IcebergError(
      'INVALID',
      `The rows were prepared for another table than ${describeTable(table)}.`,
      { hint: 'the table was dropped and made again since: prepare the rows again.' },
    );
  }
  const files = dataFilesOf(prepared);
  for (const file of files) await checkFile(file);
  return files;
}

async function checkFile({ location, fileSizeBytes }: DataFile): Promise<void> {
  const found = await stat(pathOf(location)).catch(() => undefined);
  if (found?.size === fileSizeBytes) return;
  const what = found ? `has ${found.size} bytes, not ${fileSizeBytes}` : 'is gone';
  throw new IcebergError('DAMAGED', `The prepared file ${location} ${what}.`, {
    hint: 'prepare the rows again.',
  });
}
