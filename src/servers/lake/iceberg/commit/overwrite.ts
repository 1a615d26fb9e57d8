import type { DataFile } from '../avro/data-file.ts';
import { IcebergError } from '../iceberg-error.ts';
import { currentSnapshot } from '../metadata/read-metadata.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import { partitionKey } from '../partition/partition-key.ts';
import { readLiveEntries, readManifestList } from '../read/live-files.ts';
import type { Predicate } from '../read/predicate.ts';
import type { Warehouse } from '../warehouse.ts';
import { dataFilesOf } from '../write/prepared-rows.ts';
import type { PreparedRequest, WriteRequest } from './append.ts';
import { type BasedOn, checkNothingChanged } from './based-on.ts';
import { checkedFiles, prepareRows } from './prepare.ts';
import { replaceRows } from './replace-rows.ts';
import { loadTable } from './table-state.ts';
import { type SnapshotWork, type WrittenSnapshot, writeSnapshot } from './write-snapshot.ts';

/** By default `basedOn` is the snapshot of the moment when the work began. */
export interface OverwriteRequest extends WriteRequest {
  /** With `overwritePartitions`: CONFLICT for any rows that others changed since `basedOn`, not only for those of the same partitions. */
  readonly ifUnchanged?: boolean;
}

export interface OverwritePreparedRequest extends PreparedRequest {
  /** What the rows take the place of: all rows, those of the partitions that they are in, or those that a predicate is true for. */
  readonly replaces: 'everything' | 'partitions' | Predicate;
  /** With a predicate: CONFLICT for any rows that others changed since `basedOn`, not only for those that are replaced. */
  readonly ifUnchanged?: boolean;
}

/**
 * All rows of the table become those of the SELECT.
 * @throws IcebergError CONFLICT when others changed rows since.
 */
export async function overwriteTable(
  warehouse: Warehouse,
  request: OverwriteRequest,
): Promise<WrittenSnapshot> {
  return overwriteSelected(warehouse, request, 'everything');
}

/**
 * Each partition that the SELECT has rows for becomes those rows; the others stay.
 * @throws IcebergError CONFLICT when others changed one of these partitions since, INVALID when old files are partitioned
 * in another way, so that nobody can tell which of their rows are meant.
 */
export async function overwritePartitions(
  warehouse: Warehouse,
  request: OverwriteRequest,
): Promise<WrittenSnapshot> {
  return overwriteSelected(warehouse, request, 'partitions');
}

/**
 * Puts prepared rows in the place of others. Their files stay when it fails. With a predicate, files that have matching rows
 * are written anew without them, and files that have none are not touched.
 * @throws IcebergError CONFLICT when others changed rows that are replaced since `basedOn`; DAMAGED, INVALID.
 */
export async function overwritePrepared(
  warehouse: Warehouse,
  { replaces, prepared, ...request }: OverwritePreparedRequest,
): Promise<WrittenSnapshot> {
  const { metadata, ...state } = await loadTable(warehouse, request.table);
  const added = await checkedFiles({ metadata, ...state }, prepared);
  const basedOn = basedOnOf(request, metadata);
  if (typeof replaces === 'object') {
    return replaceRows(warehouse, { ...request, added, basedOn, where: replaces });
  }
  const work = overwriteWork({ replaces, added, basedOn });
  return writeSnapshot(warehouse, request.table, {
    ...work,
    summary: request.summary ?? {},
    once: request.once,
  });
}

export interface OverwriteRowsRequest extends Omit<WriteRequest, 'select'> {
  readonly where: Predicate;
  /** The rows that come; by default none. */
  readonly select?: string;
}

/**
 * The rows that the predicate is true for go and those of the SELECT come, in one snapshot. Files that have matching rows are
 * written anew without them (copy-on-write); files that have none are not touched.
 * @throws IcebergError CONFLICT when others added matching rows since `basedOn`.
 */
export async function overwriteRows(
  warehouse: Warehouse,
  { where, select, ...request }: OverwriteRowsRequest,
): Promise<WrittenSnapshot> {
  const { metadata } = await loadTable(warehouse, request.table);
  const basedOn = basedOnOf(request, metadata);
  const prepared =
    select === undefined ? [] : [await prepareRows(warehouse, { table: request.table, select })];
  const added = dataFilesOf(prepared);
  return replaceRows(warehouse, { ...request, added, ownsAdded: true, basedOn, where });
}

async function overwriteSelected(
  warehouse: Warehouse,
  request: OverwriteRequest,
  replaces: 'everything' | 'partitions',
): Promise<WrittenSnapshot> {
  const { metadata } = await loadTable(warehouse, request.table);
  const prepared = await prepareRows(warehouse, request);
  const added = dataFilesOf([prepared]);
  const { summary = {}, once, ifUnchanged = false } = request;
  const work = overwriteWork({ replaces, added, ifUnchanged, basedOn: basedOnOf(request, metadata) });
  request.beforeCommit?.();
  return writeSnapshot(warehouse, request.table, { ...work, summary, once, ownsAdded: true });
}

function basedOnOf({ basedOn }: { basedOn?: BasedOn }, metadata: TableMetadata): BasedOn {
  return basedOn === undefined ? (currentSnapshot(metadata)?.['snapshot-id'] ?? null) : basedOn;
}

function overwriteWork(of: {
  replaces: 'everything' | 'partitions';
  added: readonly DataFile[];
  basedOn: BasedOn;
  ifUnchanged?: boolean;
}): SnapshotWork {
  const { replaces, added, basedOn, ifUnchanged = false } = of;
  const partitions = new Set(added.map(partitionKey));
  const isRemoved =
    replaces === 'everything' ? () => true : (file: DataFile) => partitions.has(partitionKey(file));
  return {
    operation: 'overwrite',
    added,
    isRemoved,
    check: async ({ metadata }) => {
      if (replaces === 'partitions') await checkOneSpec(metadata, added);
      await checkNothingChanged(metadata, basedOn, ifUnchanged ? undefined : isRemoved);
    },
  };
}

async function checkOneSpec(metadata: TableMetadata, added: readonly DataFile[]): Promise<void> {
  const specIds = new Set(added.map((file) => file.specId));
  const [only = metadata['default-spec-id'], ...more] = specIds;
  if (more.length > 0) throw twoSpecs('The new rows');
  for (const manifest of await readManifestList(currentSnapshot(metadata))) {
    if (manifest.content !== 0 || manifest.specId === only) continue;
    if ((await readLiveEntries(manifest, metadata)).length > 0) throw twoSpecs('Older files of the table');
  }
}

function twoSpecs(what: string): IcebergError {
  return new IcebergError('INVALID', `${what} are partitioned in another way.`, {
    hint: 'compact the table first, which writes them by the present partitioning, or overwrite all of it.',
  });
}
