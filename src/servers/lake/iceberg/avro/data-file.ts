import type { PartitionTuple } from './partition-codec.ts';

/** 0 rows, 1 deletes by position, 2 deletes by equal values. */
export type FileContent = 0 | 1 | 2;

/** A file of a table as its manifest describes it. Maps are by column id. */
export interface DataFile {
  readonly content: FileContent;
  /** As it is written: a URI with its scheme. */
  readonly location: string;
  readonly format: string;
  readonly specId: number;
  readonly partition: PartitionTuple;
  readonly recordCount: number;
  readonly fileSizeBytes: number;
  readonly columnSizes: ReadonlyMap<number, number>;
  readonly valueCounts: ReadonlyMap<number, number>;
  readonly nullCounts: ReadonlyMap<number, number>;
  readonly nanCounts: ReadonlyMap<number, number>;
  readonly lowerBounds: ReadonlyMap<number, Uint8Array>;
  readonly upperBounds: ReadonlyMap<number, Uint8Array>;
  readonly splitOffsets: readonly number[] | null;
  readonly equalityIds: readonly number[] | null;
  readonly sortOrderId: number | null;
}

export const entryStatus = { existing: 0, added: 1, deleted: 2 } as const;

export interface ManifestEntry {
  readonly status: 0 | 1 | 2;
  /** The snapshot that added the file, or took it away. */
  readonly snapshotId: string;
  /** The age of the rows, for deletes: a delete holds for rows that are not younger. */
  readonly sequenceNumber: number;
  readonly fileSequenceNumber: number;
  readonly file: DataFile;
}

/** The extent of one partition field over all files of a manifest. */
export interface FieldSummary {
  readonly containsNull: boolean;
  readonly containsNan: boolean | null;
  readonly lowerBound: Uint8Array | null;
  readonly upperBound: Uint8Array | null;
}

/** A manifest as the list of a snapshot describes it. */
export interface ManifestFile {
  readonly location: string;
  readonly lengthBytes: number;
  readonly specId: number;
  /** 0 data, 1 deletes. */
  readonly content: 0 | 1;
  readonly sequenceNumber: number;
  readonly minSequenceNumber: number;
  readonly addedSnapshotId: string;
  readonly addedFiles: number;
  readonly existingFiles: number;
  readonly deletedFiles: number;
  readonly addedRows: number;
  readonly existingRows: number;
  readonly deletedRows: number;
  readonly partitions: readonly FieldSummary[] | null;
}
