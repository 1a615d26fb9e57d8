import type { DataFile } from '../avro/data-file.ts';
import { IcebergError } from '../iceberg-error.ts';
import { currentSnapshot } from '../metadata/read-metadata.ts';
import type { SnapshotId, TableMetadata } from '../metadata/table-metadata.ts';
import { partitionKey } from '../partition/partition-key.ts';
import { readLiveEntries, readManifestList } from '../read/live-files.ts';
import type { Warehouse } from '../warehouse.ts';
import { targetOf, writeDataFiles } from '../write/write-data-files.ts';
import type { WriteRequest } from './append.ts';
import { filesChangedSince } from './files-changed-since.ts';
import { loadTable } from './table-state.ts';
import { type WrittenSnapshot, writeSnapshot } from './write-snapshot.ts';

export interface OverwriteRequest extends WriteRequest {
  /** The snapshot that the rows were made from, when it is not the one of this moment. */
  readonly basedOn?: SnapshotId;
}

/**
 * All rows of the table become those of the SELECT.
 * @throws IcebergError CONFLICT when others changed rows since.
 */
export async function overwriteTable(
  warehouse: Warehouse,
  request: OverwriteRequest,
): Promise<WrittenSnapshot> {
  return overwrite(warehouse, request, () => () => true);
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
  return overwrite(warehouse, request, (added) => {
    const partitions = new Set(added.map(partitionKey));
    return (file) => partitions.has(partitionKey(file));
  });
}

async function overwrite(
  warehouse: Warehouse,
  request: OverwriteRequest,
  chooseRemoved: (added: readonly DataFile[]) => (file: DataFile) => boolean,
): Promise<WrittenSnapshot> {
  const { metadata } = await loadTable(warehouse, request.table);
  const basedOn = request.basedOn ?? currentSnapshot(metadata)?.['snapshot-id'];
  const added = await writeDataFiles(warehouse.engine, {
    target: targetOf(metadata),
    select: request.select,
  });
  const isRemoved = chooseRemoved(added);
  const specId = metadata['default-spec-id'];
  return writeSnapshot(warehouse, request.table, {
    operation: 'overwrite',
    added,
    isRemoved,
    summary: request.summary ?? {},
    check: async (base) => {
      if (!isRemoved(unknownPartition)) await checkOneSpec(base.metadata, specId);
      const changed = await filesChangedSince(base.metadata, basedOn);
      if (changed.some(isRemoved)) throw overtaken();
    },
  });
}

/** A partition that no file has: only an overwrite of everything takes it. */
const unknownPartition = { specId: -1, partition: [] } as unknown as DataFile;

async function checkOneSpec(metadata: TableMetadata, specId: number): Promise<void> {
  for (const manifest of await readManifestList(currentSnapshot(metadata))) {
    if (manifest.content !== 0 || manifest.specId === specId) continue;
    if ((await readLiveEntries(manifest, metadata)).length === 0) continue;
    throw new IcebergError('INVALID', 'Older files of the table are partitioned in another way.', {
      hint: 'compact the table first, which writes them by the present partitioning, or overwrite all of it.',
    });
  }
}

function overtaken(): IcebergError {
  return new IcebergError('CONFLICT', 'Rows that were to be overwritten were changed by another writer.', {
    hint: 'make the rows again from what is there now, then overwrite.',
  });
}
