import type { ManifestEntry, ManifestFile } from '../avro/data-file.ts';
import { entryStatus } from '../avro/data-file.ts';
import { decodeManifest } from '../avro/decode-manifest.ts';
import { decodeManifestList } from '../avro/manifest-list.ts';
import { readTableFile } from '../files/durable-files.ts';
import { pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import { currentSchema } from '../metadata/read-metadata.ts';
import type { Snapshot, TableMetadata } from '../metadata/table-metadata.ts';
import { type BoundPartition, bindSpec, type PartitionSpec } from '../partition/spec.ts';

export async function readManifestList(snapshot: Snapshot | undefined): Promise<readonly ManifestFile[]> {
  if (!snapshot) return [];
  const location = snapshot['manifest-list'];
  if (location === undefined) {
    throw new IcebergError(
      'UNSUPPORTED',
      'A snapshot of version 1 without a list of manifests is not read here.',
    );
  }
  const manifests = decodeManifestList(await readTableFile(pathOf(location)), location);
  // A list that is cut off right behind its header looks like the list of an empty table, and nothing notes its length.
  if (manifests.length === 0 && Number(snapshot.summary['total-data-files'] ?? 0) > 0) {
    throw new IcebergError('DAMAGED', `${location} names no files, its snapshot has some.`);
  }
  return manifests;
}

/** All entries of a manifest, those of removed files too. */
export async function readManifest(
  manifest: ManifestFile,
  metadata: TableMetadata,
): Promise<readonly ManifestEntry[]> {
  const bytes = await readTableFile(pathOf(manifest.location));
  if (bytes.length !== manifest.lengthBytes) {
    throw new IcebergError(
      'DAMAGED',
      `${manifest.location} has ${bytes.length} bytes, its list says ${manifest.lengthBytes}.`,
    );
  }
  return decodeManifest(bytes, { manifest, partitions: partitionsOf(metadata, manifest.specId) });
}

export async function readLiveEntries(
  manifest: ManifestFile,
  metadata: TableMetadata,
): Promise<readonly ManifestEntry[]> {
  return (await readManifest(manifest, metadata)).filter((entry) => entry.status !== entryStatus.deleted);
}

export function specOf(metadata: TableMetadata, specId: number): PartitionSpec {
  const spec = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === specId);
  if (!spec) throw new IcebergError('DAMAGED', `The table has no partition spec ${specId}.`);
  return spec;
}

export function partitionsOf(metadata: TableMetadata, specId: number): readonly BoundPartition[] {
  return bindSpec(specOf(metadata, specId), currentSchema(metadata));
}
