import type { BoundPartition } from '../partition/spec.ts';
import { encodeValue } from '../values/binary-value.ts';
import { compareValues, type Value } from '../values/value.ts';
import { entryStatus, type FieldSummary, type ManifestEntry, type ManifestFile } from './data-file.ts';
import type { PartitionTuple } from './partition-codec.ts';

type EntryFacts = Omit<ManifestFile, 'location' | 'lengthBytes' | 'sequenceNumber' | 'addedSnapshotId'>;

/**
 * What the list of a snapshot says about a manifest.
 * @param sequenceNumber that of the commit: new files take it over
 */
export function summarizeEntries(
  entries: readonly ManifestEntry[],
  about: { specId: number; content: 0 | 1; sequenceNumber: number; partitions: readonly BoundPartition[] },
): EntryFacts {
  const ofStatus = (status: number) => entries.filter((entry) => entry.status === status);
  const [existing, added, deleted] = [entryStatus.existing, entryStatus.added, entryStatus.deleted].map(
    ofStatus,
  );
  const older = entries
    .filter((entry) => entry.status !== entryStatus.added)
    .map((entry) => entry.sequenceNumber);
  return {
    specId: about.specId,
    content: about.content,
    minSequenceNumber: Math.min(about.sequenceNumber, ...older),
    addedFiles: added?.length ?? 0,
    existingFiles: existing?.length ?? 0,
    deletedFiles: deleted?.length ?? 0,
    addedRows: rowsOf(added),
    existingRows: rowsOf(existing),
    deletedRows: rowsOf(deleted),
    partitions: summarizePartitions(
      about.partitions,
      entries.map((entry) => entry.file.partition),
    ),
  };
}

function rowsOf(entries: readonly ManifestEntry[] = []): number {
  return entries.reduce((sum, entry) => sum + entry.file.recordCount, 0);
}

function summarizePartitions(
  partitions: readonly BoundPartition[],
  tuples: readonly PartitionTuple[],
): readonly FieldSummary[] {
  return partitions.map(({ type }, index) =>
    summarizeField(
      type,
      tuples.map((tuple) => tuple[index] ?? null),
    ),
  );
}

function summarizeField(type: string, values: readonly (Value | null)[]): FieldSummary {
  let lower: Value | null = null;
  let upper: Value | null = null;
  for (const value of values) {
    if (value === null || Number.isNaN(value)) continue;
    if (lower === null || compareValues(value, lower) < 0) lower = value;
    if (upper === null || compareValues(value, upper) > 0) upper = value;
  }
  return {
    containsNull: values.includes(null),
    containsNan: values.some((value) => Number.isNaN(value)),
    lowerBound: lower === null ? null : encodeValue(type, lower),
    upperBound: upper === null ? null : encodeValue(type, upper),
  };
}
