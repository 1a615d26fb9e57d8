import { type DataFile, entryStatus } from '../avro/data-file.ts';
import { IcebergError } from '../iceberg-error.ts';
import { ancestorsOf } from '../metadata/read-metadata.ts';
import type { Snapshot, SnapshotId, TableMetadata } from '../metadata/table-metadata.ts';
import { readManifest, readManifestList } from '../read/live-files.ts';

/**
 * The data files that were added or removed since a snapshot. Compactions do not count: they move rows and change none.
 * @throws IcebergError CONFLICT when the table was rolled back behind the snapshot, so that nobody knows.
 */
export async function filesChangedSince(
  metadata: TableMetadata,
  since: SnapshotId | undefined,
): Promise<readonly DataFile[]> {
  const ancestors = ancestorsOf(metadata, metadata['current-snapshot-id']);
  const index = ancestors.findIndex((snapshot) => snapshot['snapshot-id'] === since);
  if (since !== undefined && index === -1) {
    throw new IcebergError('CONFLICT', `The table does not stand on snapshot ${since} any more.`, {
      hint: 'make the rows again from what is there now.',
    });
  }
  const newer = since === undefined ? ancestors : ancestors.slice(0, index);
  const changed: DataFile[] = [];
  for (const snapshot of newer) {
    if (snapshot.summary.operation !== 'replace') changed.push(...(await filesOf(snapshot, metadata)));
  }
  return changed;
}

async function filesOf(snapshot: Snapshot, metadata: TableMetadata): Promise<readonly DataFile[]> {
  const id = snapshot['snapshot-id'];
  const files: DataFile[] = [];
  for (const manifest of await readManifestList(snapshot)) {
    if (manifest.addedSnapshotId !== id) continue;
    const entries = await readManifest(manifest, metadata);
    const own = entries.filter((entry) => entry.snapshotId === id && entry.status !== entryStatus.existing);
    files.push(...own.map((entry) => entry.file));
  }
  return files;
}
