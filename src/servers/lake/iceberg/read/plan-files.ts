import type { DataFile, ManifestFile } from '../avro/data-file.ts';
import type { TableName } from '../catalog/table-name.ts';
import { loadTable, type TableState } from '../commit/table-state.ts';
import { IcebergError } from '../iceberg-error.ts';
import { currentSchema, currentSnapshot, schemaOf, snapshotOf } from '../metadata/read-metadata.ts';
import type { Snapshot, SnapshotId, TableMetadata } from '../metadata/table-metadata.ts';
import { partitionKey } from '../partition/partition-key.ts';
import type { BoundPartition } from '../partition/spec.ts';
import type { Schema } from '../schema/types.ts';
import type { Warehouse } from '../warehouse.ts';
import { partitionsOf, readLiveEntries, readManifestList } from './live-files.ts';
import { fileMayMatch, manifestMayMatch } from './may-match.ts';
import { type BoundPredicate, bindPredicate, type Predicate } from './predicate.ts';

export interface PlanRequest {
  readonly table: TableName;
  /** The table as it was: a snapshot's id, or a moment in milliseconds since 1970. By default as it is. */
  readonly at?: { readonly snapshotId: SnapshotId } | { readonly timestampMs: number };
  readonly where?: Predicate;
}

export interface PlannedFile {
  readonly file: DataFile;
  /** Files that delete rows of it by their position. */
  readonly deletes: readonly DataFile[];
}

export interface FilePlan {
  readonly state: TableState;
  readonly snapshot: Snapshot | undefined;
  /** The one of the snapshot when an earlier moment is asked for, otherwise the current one. */
  readonly schema: Schema;
  readonly where: BoundPredicate | undefined;
  readonly files: readonly PlannedFile[];
  /** How much was looked at and how much was left out. */
  readonly counts: {
    readonly manifests: number;
    readonly manifestsSkipped: number;
    readonly filesSkipped: number;
  };
}

/**
 * The files that a read must open: without those whose partition or statistics say that no row of theirs is wanted.
 * @throws IcebergError UNSUPPORTED when rows are deleted in a way that is not read here; never gives rows that are gone.
 */
export async function planFiles(warehouse: Warehouse, request: PlanRequest): Promise<FilePlan> {
  return planTable(await loadTable(warehouse, request.table), request);
}

export async function planTable(state: TableState, request: Omit<PlanRequest, 'table'>): Promise<FilePlan> {
  const { metadata } = state;
  const snapshot = snapshotAt(metadata, request.at);
  const schema = schemaAt(metadata, { snapshot, isPast: request.at !== undefined });
  const where = request.where && bindPredicate(request.where, schema);
  const manifests = await readManifestList(snapshot);
  const data = manifests.filter((manifest) => manifest.content === 0);
  const wanted = data.filter((manifest) => isWanted(manifest, { metadata, where }));
  const entries = await collectFiles(wanted, { metadata, where });
  const deletesOf = await readDeletes(manifests, metadata);
  return {
    state,
    snapshot,
    schema,
    where,
    files: entries.files.map((file) => ({ file: file.file, deletes: deletesOf(file) })),
    counts: {
      manifests: data.length,
      manifestsSkipped: data.length - wanted.length,
      filesSkipped: entries.skipped,
    },
  };
}

/** @throws IcebergError NOT_FOUND when there was no snapshot yet. */
export function snapshotAt(metadata: TableMetadata, at: PlanRequest['at']): Snapshot | undefined {
  if (!at) return currentSnapshot(metadata);
  if ('snapshotId' in at) return snapshotOf(metadata, at.snapshotId);
  const entry = metadata['snapshot-log'].findLast((logged) => logged['timestamp-ms'] <= at.timestampMs);
  if (entry) return snapshotOf(metadata, entry['snapshot-id']);
  throw new IcebergError(
    'NOT_FOUND',
    `The table had no snapshot at ${new Date(at.timestampMs).toISOString()}.`,
    {
      hint: "ask for a later moment: the table's history lists its snapshots and their times; older ones may have expired.",
    },
  );
}

function schemaAt(metadata: TableMetadata, at: { snapshot: Snapshot | undefined; isPast: boolean }): Schema {
  const schemaId = at.isPast ? at.snapshot?.['schema-id'] : undefined;
  return schemaId === undefined ? currentSchema(metadata) : schemaOf(metadata, schemaId);
}

interface Context {
  readonly metadata: TableMetadata;
  readonly where: BoundPredicate | undefined;
}

interface LiveFile {
  readonly file: DataFile;
  readonly sequenceNumber: number;
}

function isWanted(manifest: ManifestFile, { metadata, where }: Context): boolean {
  if (manifest.addedFiles === 0 && manifest.existingFiles === 0) return false;
  if (!where) return true;
  const partitions = partitionsOf(metadata, manifest.specId);
  return manifestMayMatch(where, { summaries: manifest.partitions, partitions });
}

async function collectFiles(
  manifests: readonly ManifestFile[],
  { metadata, where }: Context,
): Promise<{ files: readonly LiveFile[]; skipped: number }> {
  const files: LiveFile[] = [];
  let skipped = 0;
  for (const manifest of manifests) {
    const partitions: readonly BoundPartition[] = partitionsOf(metadata, manifest.specId);
    for (const entry of await readLiveEntries(manifest, metadata)) {
      const isSkipped = where !== undefined && !fileMayMatch(where, { file: entry.file, partitions });
      if (isSkipped) skipped++;
      else files.push(entry);
    }
  }
  return { files, skipped };
}

/** Deletes by position hold for files of their partition that are not younger than they are. */
async function readDeletes(
  manifests: readonly ManifestFile[],
  metadata: TableMetadata,
): Promise<(file: LiveFile) => readonly DataFile[]> {
  const deletes: LiveFile[] = [];
  for (const manifest of manifests) {
    if (manifest.content === 1) deletes.push(...(await readLiveEntries(manifest, metadata)));
  }
  for (const { file } of deletes) refuseUnreadable(file);
  const byPartition = Map.groupBy(deletes, ({ file }) => partitionKey(file));
  return ({ file, sequenceNumber }) =>
    (byPartition.get(partitionKey(file)) ?? [])
      .filter((candidate) => candidate.sequenceNumber >= sequenceNumber)
      .map((candidate) => candidate.file);
}

function refuseUnreadable(file: DataFile): void {
  if (file.content === 1 && file.format.toUpperCase() === 'PARQUET') return;
  const kind = file.content === 2 ? 'by equal values' : `by position in ${file.format}`;
  throw new IcebergError('UNSUPPORTED', `Rows of the table were deleted ${kind}, which is not read here.`, {
    hint: 'let the engine that deleted them rewrite the data files (compaction), or use copy-on-write.',
  });
}
