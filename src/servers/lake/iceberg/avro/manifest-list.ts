import { IcebergError } from '../iceberg-error.ts';
import { decodeContainer, encodeContainer } from './container.ts';
import type { FieldSummary, ManifestFile } from './data-file.ts';
import { manifestListSchema } from './manifest-schema.ts';

export interface ManifestListContent {
  readonly snapshotId: string;
  readonly parentSnapshotId: string | undefined;
  readonly sequenceNumber: number;
  readonly manifests: readonly ManifestFile[];
}

export function encodeManifestList(list: ManifestListContent): Buffer {
  const metadata = {
    'snapshot-id': list.snapshotId,
    'parent-snapshot-id': list.parentSnapshotId ?? 'null',
    'sequence-number': String(list.sequenceNumber),
    'format-version': '2',
  };
  return encodeContainer({
    schema: manifestListSchema,
    metadata,
    records: list.manifests.map(encodeManifestFile),
  });
}

export function decodeManifestList(bytes: Buffer, name: string): readonly ManifestFile[] {
  return decodeContainer(bytes, name).records.map((record) => decodeManifestFile(record as Fields));
}

type Fields = Record<string, unknown>;

function encodeManifestFile(manifest: ManifestFile): Fields {
  return {
    manifest_path: manifest.location,
    manifest_length: manifest.lengthBytes,
    partition_spec_id: manifest.specId,
    content: manifest.content,
    sequence_number: manifest.sequenceNumber,
    min_sequence_number: manifest.minSequenceNumber,
    added_snapshot_id: BigInt(manifest.addedSnapshotId),
    added_files_count: manifest.addedFiles,
    existing_files_count: manifest.existingFiles,
    deleted_files_count: manifest.deletedFiles,
    added_rows_count: manifest.addedRows,
    existing_rows_count: manifest.existingRows,
    deleted_rows_count: manifest.deletedRows,
    partitions: manifest.partitions?.map(encodeSummary) ?? null,
    key_metadata: null,
  };
}

function encodeSummary(summary: FieldSummary): Fields {
  return {
    contains_null: summary.containsNull,
    contains_nan: summary.containsNan,
    lower_bound: summary.lowerBound && Buffer.from(summary.lowerBound),
    upper_bound: summary.upperBound && Buffer.from(summary.upperBound),
  };
}

function decodeManifestFile(record: Fields): ManifestFile {
  if (record['key_metadata'])
    throw new IcebergError('UNSUPPORTED', 'The table is encrypted, which is not read here.');
  return {
    location: record['manifest_path'] as string,
    lengthBytes: record['manifest_length'] as number,
    specId: record['partition_spec_id'] as number,
    content: (record['content'] ?? 0) as 0 | 1,
    sequenceNumber: (record['sequence_number'] ?? 0) as number,
    minSequenceNumber: (record['min_sequence_number'] ?? 0) as number,
    addedSnapshotId: String(record['added_snapshot_id'] ?? '0'),
    addedFiles: count(record, 'added', 'files'),
    existingFiles: count(record, 'existing', 'files'),
    deletedFiles: count(record, 'deleted', 'files'),
    addedRows: count(record, 'added', 'rows'),
    existingRows: count(record, 'existing', 'rows'),
    deletedRows: count(record, 'deleted', 'rows'),
    partitions: (record['partitions'] as Fields[] | null | undefined)?.map(decodeSummary) ?? null,
  };
}

/** -1 when a list of version 1 does not say it. Some writers put "data" into the name. */
function count(record: Fields, change: string, unit: string): number {
  return (record[`${change}_${unit}_count`] ?? record[`${change}_data_${unit}_count`] ?? -1) as number;
}

function decodeSummary(summary: Fields): FieldSummary {
  return {
    containsNull: summary['contains_null'] as boolean,
    containsNan: (summary['contains_nan'] ?? null) as boolean | null,
    lowerBound: (summary['lower_bound'] ?? null) as Uint8Array | null,
    upperBound: (summary['upper_bound'] ?? null) as Uint8Array | null,
  };
}
