import type { PartitionSpec } from '../partition/spec.ts';
import type { Schema } from '../schema/types.ts';

/** As digits: other writers use all 63 bits. */
export type SnapshotId = string;

export interface Snapshot {
  readonly 'snapshot-id': SnapshotId;
  readonly 'parent-snapshot-id'?: SnapshotId;
  readonly 'sequence-number'?: number;
  readonly 'timestamp-ms': number;
  readonly 'manifest-list': string;
  readonly summary: SnapshotSummary;
  readonly 'schema-id'?: number;
}

export type Operation = 'append' | 'replace' | 'overwrite' | 'delete';

/** The operation, its counts as digits, and what the caller wants to be found again: run id, call id. */
export interface SnapshotSummary {
  readonly operation: Operation;
  readonly [key: string]: string;
}

export interface SnapshotReference {
  readonly type: 'branch' | 'tag';
  readonly 'snapshot-id': SnapshotId;
  readonly [key: string]: unknown;
}

/**
 * A table's metadata file, version 2 of the format. What is not known here (statistics, sort orders) is carried along
 * as it was read.
 */
export interface TableMetadata {
  readonly 'format-version': 1 | 2;
  readonly 'table-uuid': string;
  readonly location: string;
  readonly 'last-sequence-number': number;
  readonly 'last-updated-ms': number;
  readonly 'last-column-id': number;
  readonly schemas: readonly Schema[];
  readonly 'current-schema-id': number;
  readonly 'partition-specs': readonly PartitionSpec[];
  readonly 'default-spec-id': number;
  readonly 'last-partition-id': number;
  readonly 'sort-orders': readonly unknown[];
  readonly 'default-sort-order-id': number;
  readonly properties: Readonly<Record<string, string>>;
  /** Absent, or -1 from some writers, before the first snapshot. */
  readonly 'current-snapshot-id'?: SnapshotId;
  readonly refs: Readonly<Record<string, SnapshotReference>>;
  readonly snapshots: readonly Snapshot[];
  readonly 'snapshot-log': readonly { readonly 'timestamp-ms': number; readonly 'snapshot-id': SnapshotId }[];
  readonly 'metadata-log': readonly { readonly 'timestamp-ms': number; readonly 'metadata-file': string }[];
  readonly [other: string]: unknown;
}
