import { type DataFile, entryStatus, type ManifestEntry, type ManifestFile } from '../avro/data-file.ts';
import type { SnapshotId, TableMetadata } from '../metadata/table-metadata.ts';
import { readLiveEntries } from '../read/live-files.ts';
import type { ManifestWriter } from './manifest-writer.ts';

/** Takes files out of manifests: each that names one is written anew, with those files marked as deleted by this snapshot. */
export async function filterManifests(
  manifests: readonly ManifestFile[],
  work: {
    metadata: TableMetadata;
    writer: ManifestWriter;
    snapshotId: SnapshotId;
    sequenceNumber: number;
    isRemoved: ((file: DataFile) => boolean) | undefined;
  },
): Promise<{ manifests: readonly ManifestFile[]; removed: readonly DataFile[] }> {
  const { isRemoved, metadata, writer } = work;
  if (!isRemoved) return { manifests, removed: [] };
  const removed: DataFile[] = [];
  const kept: ManifestFile[] = [];
  for (const manifest of manifests) {
    const entries = manifest.content === 0 ? await readLiveEntries(manifest, metadata) : [];
    const leaving = new Set(entries.filter((entry) => isRemoved(entry.file)));
    if (leaving.size === 0) {
      kept.push(manifest);
      continue;
    }
    for (const entry of leaving) removed.push(entry.file);
    const marked = entries.map((entry) => mark(entry, leaving.has(entry) ? work.snapshotId : undefined));
    kept.push(await writer.writeManifest(marked, { ...work, specId: manifest.specId, content: 0 }));
  }
  return { manifests: kept, removed };
}

function mark(entry: ManifestEntry, removedBy: SnapshotId | undefined): ManifestEntry {
  if (removedBy === undefined) return { ...entry, status: entryStatus.existing };
  return { ...entry, status: entryStatus.deleted, snapshotId: removedBy };
}
