import { IcebergError } from '../iceberg-error.ts';
import type { BoundPartition } from '../partition/spec.ts';
import { decodeContainer } from './container.ts';
import {
  type DataFile,
  entryStatus,
  type FileContent,
  type ManifestEntry,
  type ManifestFile,
} from './data-file.ts';
import type { AvroField, AvroNode, AvroSchema } from './exact-longs.ts';
import { type PartitionTuple, partitionDecoder } from './partition-codec.ts';

type Fields = Record<string, unknown>;

/**
 * The entries of a manifest, with what they take over from the list that names it.
 * @throws IcebergError DAMAGED when the file is cut off or holds another number of entries than the list says.
 */
export function decodeManifest(
  bytes: Buffer,
  { manifest, partitions }: { manifest: ManifestFile; partitions: readonly BoundPartition[] },
): readonly ManifestEntry[] {
  const file = decodeContainer(bytes, manifest.location);
  const decodeTuple = partitionDecoder(partitionFields(file.schema), partitions);
  const entries = file.records.map((record) => decodeEntry(record as Fields, { manifest, decodeTuple }));
  checkCount(manifest, entries.length);
  return entries;
}

interface Context {
  readonly manifest: ManifestFile;
  readonly decodeTuple: (record: Fields) => PartitionTuple;
}

function decodeEntry(record: Fields, { manifest, decodeTuple }: Context): ManifestEntry {
  const status = record['status'] as 0 | 1 | 2;
  const snapshotId = record['snapshot_id'] as bigint | null;
  const sequence = record['sequence_number'] as number | null | undefined;
  const fileSequence = record['file_sequence_number'] as number | null | undefined;
  if (
    (sequence ?? undefined) === undefined &&
    status !== entryStatus.added &&
    manifest.sequenceNumber !== 0
  ) {
    throw new IcebergError('DAMAGED', `${manifest.location} has an old file without a sequence number.`);
  }
  return {
    status,
    snapshotId: snapshotId === null ? manifest.addedSnapshotId : String(snapshotId),
    sequenceNumber: sequence ?? manifest.sequenceNumber,
    fileSequenceNumber: fileSequence ?? manifest.sequenceNumber,
    file: decodeFile(record['data_file'] as Fields, { manifest, decodeTuple }),
  };
}

function decodeFile(file: Fields, { manifest, decodeTuple }: Context): DataFile {
  return {
    content: (file['content'] ?? 0) as FileContent,
    location: file['file_path'] as string,
    format: file['file_format'] as string,
    specId: manifest.specId,
    partition: decodeTuple(file['partition'] as Fields),
    recordCount: file['record_count'] as number,
    fileSizeBytes: file['file_size_in_bytes'] as number,
    columnSizes: mapOf<number>(file['column_sizes']),
    valueCounts: mapOf<number>(file['value_counts']),
    nullCounts: mapOf<number>(file['null_value_counts']),
    nanCounts: mapOf<number>(file['nan_value_counts']),
    lowerBounds: mapOf<Uint8Array>(file['lower_bounds']),
    upperBounds: mapOf<Uint8Array>(file['upper_bounds']),
    splitOffsets: (file['split_offsets'] ?? null) as readonly number[] | null,
    equalityIds: (file['equality_ids'] ?? null) as readonly number[] | null,
    sortOrderId: (file['sort_order_id'] ?? null) as number | null,
  };
}

function mapOf<T>(pairs: unknown): ReadonlyMap<number, T> {
  if (!Array.isArray(pairs)) return new Map();
  return new Map((pairs as { key: number; value: T }[]).map(({ key, value }) => [key, value]));
}

function partitionFields(schema: AvroSchema): readonly AvroField[] {
  const dataFile = (schema as AvroNode).fields?.find((field) => field.name === 'data_file')?.type as AvroNode;
  const partition = dataFile?.fields?.find((field) => field.name === 'partition')?.type as AvroNode;
  return partition?.fields ?? [];
}

function checkCount(manifest: ManifestFile, found: number): void {
  const { addedFiles, existingFiles, deletedFiles } = manifest;
  // Lists of version 1 need not say how many files there are.
  const isCounted = [addedFiles, existingFiles, deletedFiles].every((count) => count >= 0);
  const expected = addedFiles + existingFiles + deletedFiles;
  if (!isCounted || expected === found) return;
  throw new IcebergError(
    'DAMAGED',
    `${manifest.location} holds ${found} files where its list says ${expected}.`,
  );
}
