import type { SnapshotId, TableMetadata } from '../iceberg/index.ts';

/** The rows of a snapshot by its own count; undefined when it does not tell, or files of deletes make it uncertain. */
export function countOf(metadata: TableMetadata, id: SnapshotId | undefined): number | undefined {
  if (id === undefined) return 0;
  const summary = metadata.snapshots.find((candidate) => candidate['snapshot-id'] === id)?.summary;
  const records = summary?.['total-records'];
  return records !== undefined && summary?.['total-delete-files'] === '0' ? Number(records) : undefined;
}
