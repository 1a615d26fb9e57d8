import { rm } from 'node:fs/promises';
import { type DataFile, entryStatus, type ManifestEntry, type ManifestFile } from '../avro/data-file.ts';
import type { TableName } from '../catalog/table-name.ts';
import { pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import { currentSnapshot, findSnapshot } from '../metadata/read-metadata.ts';
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
  /** Changes the table's columns in the same commit. Called for each attempt, on the state that it stands on. */
  readonly reshape?: (base: TableMetadata) => TableMetadata;
  /** The caller's own keys of the snapshot's summary. */
  readonly summary?: Readonly<Record<string, string>>;
  /** A key of the summary that makes the snapshot one of its kind. */
  readonly once?: string | undefined;
  /** Whether the added files go when the work is given up; otherwise they are the caller's. */
  readonly ownsAdded?: boolean;
}

export interface WrittenSnapshot {
  readonly state: TableState;
  readonly snapshotId: SnapshotId;
  readonly addedRows: number;
  readonly removedRows: number;
  /** True when the snapshot was there already (`once`): nothing was written now. */
  readonly isRepeated: boolean;
}

/**
 * Adds a snapshot to the table. Files of attempts that lost are removed; when the work is given up because of a
 * conflict, its own data files are removed too.
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
    if (error instanceof AlreadyThere) {
      await attempt.giveUp();
      return error.written;
    }
    // Of any other failure nobody knows whether a commit names the files: they stay, and `listOrphans` finds them.
    if (isWithoutEffect(error)) await attempt.giveUp();
    throw error;
  }
}

/** Whether the failure says for sure that no commit names the files that were written for it. */
export function isWithoutEffect(error: unknown): boolean {
  return IcebergError.is(error) && ['CONFLICT', 'INVALID', 'NO_SPACE'].includes(error.code);
}

/** The snapshot that `once` finds. */
export function repeatedSnapshot(
  state: TableState,
  { once: key, summary }: Pick<SnapshotWork, 'once' | 'summary'>,
): WrittenSnapshot | undefined {
  const value = key === undefined ? undefined : summary?.[key];
  if (key === undefined || value === undefined) return undefined;
  const known = findSnapshot(state.metadata, { key, value, among: 'all' });
  return (
    known && {
      state,
      snapshotId: known['snapshot-id'],
      addedRows: Number(known.summary['added-records'] ?? 0),
      removedRows: Number(known.summary['deleted-records'] ?? 0),
      isRepeated: true,
    }
  );
}

/** Ends a commit that has nothing to do: another process made the same snapshot first. */
class AlreadyThere extends Error {
  readonly written: WrittenSnapshot;

  constructor(written: WrittenSnapshot) {
    super(`Snapshot ${written.snapshotId} is this change already.`);
    this.written = written;
  }
}

class SnapshotAttempts {
  readonly #warehouse: Warehouse;
  readonly #work: SnapshotWork;
  readonly #snapshotId: SnapshotId;
  #writer: ManifestWriter | undefined;
  #addedManifests: ManifestFile[] | undefined;
  #named = new Set<string>();
  #rows = { added: 0, removed: 0 };

  constructor(warehouse: Warehouse, work: SnapshotWork) {
    this.#warehouse = warehouse;
    this.#work = work;
    this.#snapshotId = warehouse.newSnapshotId();
  }

  get result(): Omit<WrittenSnapshot, 'state'> {
    const { added: addedRows, removed: removedRows } = this.#rows;
    return { snapshotId: this.#snapshotId, addedRows, removedRows, isRepeated: false };
  }

  async build(base: TableState): Promise<TableMetadata> {
    const repeated = repeatedSnapshot(base, this.#work);
    if (repeated) throw new AlreadyThere(repeated);
    const metadata = this.#work.reshape?.(base.metadata) ?? base.metadata;
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
    const newest = await this.#manifestsOfAdded(context);
    return this.#finish(context, { removed, manifests: [...newest, ...older] });
  }

  /** Removes what attempts wrote that were overtaken. */
  async tidyUp(): Promise<void> {
    await this.#writer?.discard(this.#named);
  }

  async giveUp(): Promise<void> {
    await this.#writer?.discard();
    if (!this.#work.ownsAdded) return;
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
  async #manifestsOfAdded(context: Context): Promise<readonly ManifestFile[]> {
    const { sequenceNumber } = context;
    if (!this.#addedManifests) {
      this.#addedManifests = [];
      for (const [specId, files] of Map.groupBy(this.#work.added, (file) => file.specId)) {
        const entries = files.map((file) => this.#addedEntry(file, sequenceNumber));
        const about = { ...context, specId, content: 0 } as const;
        this.#addedManifests.push(await context.writer.writeManifest(entries, about));
      }
    }
    return this.#addedManifests.map((manifest) => ({
      ...manifest,
      sequenceNumber,
      minSequenceNumber: sequenceNumber,
    }));
  }

  #addedEntry(file: DataFile, sequenceNumber: number): ManifestEntry {
    const status = entryStatus.added;
    return {
      status,
      snapshotId: this.#snapshotId,
      sequenceNumber,
      fileSequenceNumber: sequenceNumber,
      file,
    };
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
