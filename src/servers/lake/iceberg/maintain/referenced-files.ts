import { pathOf } from '../files/locations.ts';
import type { Snapshot, TableMetadata } from '../metadata/table-metadata.ts';
import { readLiveEntries, readManifestList } from '../read/live-files.ts';

/** Paths of all that these snapshots need: lists, manifests, data files and delete files. */
export async function referencedFiles(
  metadata: TableMetadata,
  snapshots: readonly Snapshot[],
): Promise<ReadonlySet<string>> {
  const paths = new Set<string>();
  const seen = new Set<string>();
  for (const snapshot of snapshots) {
    paths.add(pathOf(snapshot['manifest-list']));
    for (const manifest of await readManifestList(snapshot)) {
      if (seen.has(manifest.location)) continue;
      seen.add(manifest.location);
      paths.add(pathOf(manifest.location));
      for (const entry of await readLiveEntries(manifest, metadata)) paths.add(pathOf(entry.file.location));
    }
  }
  return paths;
}

/** Statistics that other engines keep beside a snapshot. */
export function statisticsPaths(metadata: TableMetadata): readonly string[] {
  const lists = [metadata['statistics'], metadata['partition-statistics']];
  return lists.flatMap((list) =>
    Array.isArray(list)
      ? list.map((entry: { 'statistics-path': string }) => pathOf(entry['statistics-path']))
      : [],
  );
}
