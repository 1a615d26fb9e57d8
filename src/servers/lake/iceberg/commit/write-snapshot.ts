import { rm } from 'node:fs/promises';
import { type DataFile, entryStatus, type ManifestEntry, type ManifestFile } from '../avro/data-file.ts';
import type { TableName } from '../catalog/table-name.ts';
import { pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import { currentSnapshot } from '../metadata/read-metadata.ts';
import type { Operation, SnapshotId, TableMetadata } from '../metadata/table-metadata.ts';
import { readManifestList } from '../read/live-files.ts';
import type { Warehouse } from '../warehouse.ts';
import { commitTable, nextTimestamp } from './commit-table.ts';
import { filterManifests } from './filter-manifests.ts';
import { ManifestWriter } from './manifest-writer.ts';
import { mergeManifests } from './merge-manifests.ts';
import { summarizeSnapshot } from './summarize-snapshot.ts';
import type { TableState } from './table-state.ts';

export interface SnapshotWork {
  readonly operation: Operation;
  readonly added: readonly DataFile[];
  /** Which of the live files the snapshot takes away. */
  readonly isRemoved?: (file: DataFile) => boolean;
  /** Looks at the state that the snapshot will stand on: throws CONFLICT when the work does not fit it any more. */
  readonly check?: (base: TableState, removed: readonly DataFile[]) => Promise<void> | void;
  /** The caller's own keys of the snapshot's summary. */
  readonly summary?: Readonly<Record<string, string>>;
}

export interface WrittenSnapshot {
  readonly state: TableState;
  readonly snapshotId: SnapshotId;
  readonly addedRows: number;
  readonly removedRows: number;
}

/**
 * Adds a snapshot to the table. Files of attempts that lost are removed; when the work is given up because of a
 * conflict, its data files are removed too.
 */
export async function writeSnapshot(
  warehouse: Warehouse,
  table: TableName,
  work: SnapshotWork,
): Promise<WrittenSnapshot> {
  const attempt = new SnapshotAttempts(warehouse, work);
  try {
    const state = await commitTable(warehouse, table, (base) => attempt.build(base));
    await attempt.tidyUp();
    return { state, ...attempt.result };
  } catch (error) {
    // Of any other failure nobody knows whether a commit names the files: they stay, and `listOrphans` finds them.
    if (IcebergError.is(error, 'CONFLICT') || IcebergError.is(error, 'INVALID')) await attempt.giveUp();
    throw error;
  }
}

class SnapshotAttempts {
  readonly #warehouse: Warehouse;
  readonly #work: SnapshotWork;
  readonly #snapshotId: SnapshotId;
  #writer: ManifestWriter | undefined;
  #addedManifest: ManifestFile | undefined;
  #named = new Set<string>();
  #rows = { added: 0, removed: 0 };

  constructor(warehouse: Warehouse, work: SnapshotWork) {
    this.#warehouse = warehouse;
    this.#work = work;
    this.#snapshotId = warehouse.newSnapshotId();
  }

  get result(): Omit<WrittenSnapshot, 'state'> {
    return { snapshotId: this.#snapshotId, addedRows: this.#rows.added, removedRows: this.#rows.removed };
  }

  async build(base: TableState): Promise<TableMetadata> {
    const { metadata } = base;
    this.#writer ??= new ManifestWriter(metadata, this.#snapshotId);
    const context = {
      metadata,
      writer: this.#writer,
      snapshotId: this.#snapshotId,
      sequenceNumber: nextSequence(metadata),
    };
    const before = await readManifestList(currentSnapshot(metadata));
    const { manifests: kept, removed } = await filterManifests(before, {
      ...context,
      isRemoved: this.#work.isRemoved,
    });
    await this.#work.check?.(base, removed);
    const older = await mergeManifests(
      kept.filter((manifest) => isOfUse(manifest, context)),
      context,
    );
    const newest = await this.#manifestOfAdded(context);
    return this.#finish(context, { removed, manifests: [...newest, ...older] });
  }

  /** Removes what attempts wrote that were overtaken. */
  async tidyUp(): Promise<void> {
    await this.#writer?.discard(this.#named);
  }

  async giveUp(): Promise<void> {
    await this.#writer?.discard();
    for (const file of this.#work.added) await rm(pathOf(file.location), { force: true });
  }

  async #finish(
    context: Context,
    { removed, manifests }: { removed: readonly DataFile[]; manifests: readonly ManifestFile[] },
  ): Promise<TableMetadata> {
    const { metadata, sequenceNumber, snapshotId, writer } = context;
    const parent = metadata['current-snapshot-id'];
    const list = await writer.writeList({ snapshotId, parentSnapshotId: parent, sequenceNumber, manifests });
    this.#named = new Set([list, ...manifests.map((manifest) => manifest.location)]);
    this.#rows = { added: rowsOf(this.#work.added), removed: rowsOf(removed) };
    const timestamp = nextTimestamp(metadata, this.#warehouse.now());
    const summary = summarizeSnapshot(currentSnapshot(metadata)?.summary, { ...this.#work, removed });
    const snapshot = {
      'snapshot-id': snapshotId,
      ...(parent !== undefined && { 'parent-snapshot-id': parent }),
      'sequence-number': sequenceNumber,
      'timestamp-ms': timestamp,
      'manifest-list': list,
      summary,
      'schema-id': metadata['current-schema-id'],
    };
    return {
      ...metadata,
      'last-sequence-number': sequenceNumber,
      'last-updated-ms': timestamp,
      'current-snapshot-id': snapshotId,
      refs: {
        ...metadata.refs,
        main: { ...metadata.refs['main'], type: 'branch', 'snapshot-id': snapshotId },
      },
      snapshots: [...metadata.snapshots, snapshot],
      'snapshot-log': [...metadata['snapshot-log'], { 'timestamp-ms': timestamp, 'snapshot-id': snapshotId }],
    };
  }

  /** Written once for all attempts: its entries take the number of whichever commit wins. */
  async #manifestOfAdded(context: Context): Promise<readonly ManifestFile[]> {
    const { added } = this.#work;
    const [first] = added;
    if (!first) return [];
    const { sequenceNumber } = context;
    if (!this.#addedManifest) {
      const entries = added.map(
        (file): ManifestEntry => ({
          status: entryStatus.added,
          snapshotId: this.#snapshotId,
          sequenceNumber,
          fileSequenceNumber: sequenceNumber,
          file,
        }),
      );
      this.#addedManifest = await context.writer.writeManifest(entries, {
        ...context,
        specId: first.specId,
        content: 0,
      });
    }
    return [{ ...this.#addedManifest, sequenceNumber, minSequenceNumber: sequenceNumber }];
  }
}

interface Context {
  readonly metadata: TableMetadata;
  readonly writer: ManifestWriter;
  readonly snapshotId: SnapshotId;
  readonly sequenceNumber: number;
}

function nextSequence(metadata: TableMetadata): number {
  return metadata['last-sequence-number'] + 1;
}

/** A manifest of removed files alone is of interest to the snapshot that removed them. Counts that are unknown are not 0. */
function isOfUse(manifest: ManifestFile, { snapshotId }: Context): boolean {
  return manifest.addedFiles !== 0 || manifest.existingFiles !== 0 || manifest.addedSnapshotId === snapshotId;
}

function rowsOf(files: readonly DataFile[]): number {
  return files.reduce((sum, file) => sum + file.recordCount, 0);
}
