import { entryStatus, type ManifestEntry, type ManifestFile } from '../avro/data-file.ts';
import type { SnapshotId, TableMetadata } from '../metadata/table-metadata.ts';
import { readLiveEntries } from '../read/live-files.ts';
import type { ManifestWriter } from './manifest-writer.ts';

/**
 * Every commit adds a small manifest, and planning opens all of them: when there are many of one spec, they become one.
 * The rows and the ages of the files stay as they were.
 */
export async function mergeManifests(
  manifests: readonly ManifestFile[],
  work: { metadata: TableMetadata; writer: ManifestWriter; sequenceNumber: number; snapshotId: SnapshotId },
): Promise<readonly ManifestFile[]> {
  const least = Number(work.metadata.properties['commit.manifest.min-count-to-merge'] ?? 100);
  const merged = new Set<ManifestFile>();
  const results: ManifestFile[] = [];
  for (const specId of new Set(manifests.map((manifest) => manifest.specId))) {
    const small = manifests.filter(
      (manifest) => manifest.specId === specId && isMergeable(manifest, work.snapshotId),
    );
    if (small.length < least) continue;
    results.push(await mergeOne(small, { ...work, specId }));
    for (const manifest of small) merged.add(manifest);
  }
  return [...results, ...manifests.filter((manifest) => !merged.has(manifest))];
}

async function mergeOne(
  manifests: readonly ManifestFile[],
  work: { metadata: TableMetadata; writer: ManifestWriter; sequenceNumber: number; specId: number },
): Promise<ManifestFile> {
  const entries: ManifestEntry[] = [];
  for (const manifest of manifests) {
    for (const entry of await readLiveEntries(manifest, work.metadata)) {
      entries.push({ ...entry, status: entryStatus.existing });
    }
  }
  return work.writer.writeManifest(entries, { ...work, content: 0 });
}

/** The format's own aim for a manifest is 8 MB. What marks deletions of this very commit is left alone. */
function isMergeable(manifest: ManifestFile, snapshotId: SnapshotId): boolean {
  return (
    manifest.content === 0 && manifest.addedSnapshotId !== snapshotId && manifest.lengthBytes < 8_000_000
  );
}
