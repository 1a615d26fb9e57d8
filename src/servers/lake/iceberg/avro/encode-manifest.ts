import type { BoundPartition, PartitionSpec } from '../partition/spec.ts';
import type { Schema } from '../schema/types.ts';
import { encodeContainer } from './container.ts';
import { type DataFile, entryStatus, type ManifestEntry } from './data-file.ts';
import { manifestEntrySchema } from './manifest-schema.ts';
import { encodePartition, partitionSchema } from './partition-codec.ts';

export interface ManifestContent {
  readonly schema: Schema;
  readonly spec: PartitionSpec;
  readonly partitions: readonly BoundPartition[];
  readonly content: 0 | 1;
  readonly entries: readonly ManifestEntry[];
}

export function encodeManifest(manifest: ManifestContent): Buffer {
  const schema = manifestEntrySchema(partitionSchema(manifest.partitions));
  const metadata = {
    schema: JSON.stringify(manifest.schema),
    'schema-id': String(manifest.schema['schema-id']),
    'partition-spec': JSON.stringify(manifest.spec.fields),
    'partition-spec-id': String(manifest.spec['spec-id']),
    'format-version': '2',
    content: manifest.content === 0 ? 'data' : 'deletes',
  };
  const records = manifest.entries.map((entry) => encodeEntry(entry, manifest.partitions));
  return encodeContainer({ schema, metadata, records });
}

function encodeEntry(entry: ManifestEntry, partitions: readonly BoundPartition[]): unknown {
  // The number of a commit is known when it has won; until then the entries take it from the list that names them.
  const isAdded = entry.status === entryStatus.added;
  return {
    status: entry.status,
    snapshot_id: BigInt(entry.snapshotId),
    sequence_number: isAdded ? null : entry.sequenceNumber,
    file_sequence_number: isAdded ? null : entry.fileSequenceNumber,
    data_file: encodeFile(entry.file, partitions),
  };
}

function encodeFile(file: DataFile, partitions: readonly BoundPartition[]): unknown {
  return {
    content: file.content,
    file_path: file.location,
    file_format: file.format,
    partition: encodePartition(partitions, file.partition),
    record_count: file.recordCount,
    file_size_in_bytes: file.fileSizeBytes,
    column_sizes: pairs(file.columnSizes),
    value_counts: pairs(file.valueCounts),
    null_value_counts: pairs(file.nullCounts),
    nan_value_counts: pairs(file.nanCounts),
    lower_bounds: bytePairs(file.lowerBounds),
    upper_bounds: bytePairs(file.upperBounds),
    key_metadata: null,
    split_offsets: file.splitOffsets,
    equality_ids: file.equalityIds,
    sort_order_id: file.sortOrderId,
  };
}

function pairs(map: ReadonlyMap<number, number>): unknown {
  return map.size === 0 ? null : [...map].map(([key, value]) => ({ key, value }));
}

function bytePairs(map: ReadonlyMap<number, Uint8Array>): unknown {
  return map.size === 0 ? null : [...map].map(([key, value]) => ({ key, value: Buffer.from(value) }));
}
