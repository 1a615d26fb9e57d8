import type { TableName } from '../catalog/table-name.ts';
import type { Warehouse } from '../warehouse.ts';
import { targetOf, writeDataFiles } from '../write/write-data-files.ts';
import { loadTable } from './table-state.ts';
import { type WrittenSnapshot, writeSnapshot } from './write-snapshot.ts';

export interface WriteRequest {
  readonly table: TableName;
  /** A SELECT whose columns have the names of the table's. */
  readonly select: string;
  /** Keys of the snapshot's summary: the run, the call, the contract's version. */
  readonly summary?: Readonly<Record<string, string>>;
}

/** Adds rows. It never conflicts: an append that was overtaken is made again on what is there then. */
export async function appendRows(warehouse: Warehouse, request: WriteRequest): Promise<WrittenSnapshot> {
  const { metadata } = await loadTable(warehouse, request.table);
  const added = await writeDataFiles(warehouse.engine, {
    target: targetOf(metadata),
    select: request.select,
  });
  const { summary = {} } = request;
  return writeSnapshot(warehouse, request.table, { operation: 'append', added, summary });
}
