import type { TableName } from '../catalog/table-name.ts';
import type { Warehouse } from '../warehouse.ts';
import { dataFilesOf, type PreparedRows } from '../write/prepared-rows.ts';
import { type BasedOn, checkNothingChanged } from './based-on.ts';
import { checkedFiles, prepareRows } from './prepare.ts';
import { loadTable } from './table-state.ts';
import { type SnapshotWork, type WrittenSnapshot, writeSnapshot } from './write-snapshot.ts';

export interface CommitRequest {
  readonly table: TableName;
  /** Keys of the snapshot's summary: the run, the call, the contract's version. */
  readonly summary?: Readonly<Record<string, string>>;
  /** The snapshot that the rows were made from; null when there was none yet. CONFLICT when rows were changed since. */
  readonly basedOn?: BasedOn;
  /**
   * A key of the summary. When a snapshot with this key and the same value is there already, nothing is written and that one
   * is answered, with `isRepeated`: whoever cannot know whether a commit was made may make it again.
   */
  readonly once?: string;
}

export interface WriteRequest extends CommitRequest {
  /** A SELECT whose columns have the names of the table's. */
  readonly select: string;
  /** Called when the rows are on disk, right before they are made part of the table. When it throws they are not. */
  readonly beforeCommit?: () => void;
}

export interface PreparedRequest extends CommitRequest {
  /** All of them become one snapshot. They may have been written under different partitionings and schemas. */
  readonly prepared: readonly PreparedRows[];
}

/**
 * Adds rows. Without `basedOn` it never conflicts: an append that was overtaken is made again on what is there then.
 * @throws IcebergError CONFLICT
 */
export async function appendRows(warehouse: Warehouse, request: WriteRequest): Promise<WrittenSnapshot> {
  const prepared = await prepareRows(warehouse, request);
  request.beforeCommit?.();
  return writeSnapshot(warehouse, request.table, {
    ...appendWork(request),
    added: dataFilesOf([prepared]),
    ownsAdded: true,
  });
}

/**
 * Adds rows that were prepared. Their files stay when it fails.
 * @throws IcebergError CONFLICT, DAMAGED when a file is gone, INVALID when they were prepared for another table.
 */
export async function appendPrepared(
  warehouse: Warehouse,
  request: PreparedRequest,
): Promise<WrittenSnapshot> {
  const added = await checkedFiles(await loadTable(warehouse, request.table), request.prepared);
  return writeSnapshot(warehouse, request.table, { ...appendWork(request), added });
}

function appendWork({ summary = {}, basedOn, once }: CommitRequest): Omit<SnapshotWork, 'added'> {
  return {
    operation: 'append',
    summary,
    once,
    check: async ({ metadata }) => {
      if (basedOn !== undefined) await checkNothingChanged(metadata, basedOn);
    },
  };
}
