import { rm, utimes } from 'node:fs/promises';
import type { TableName } from '../catalog/table-name.ts';
import { commitTable } from '../commit/commit-table.ts';
import { loadTable, type TableState } from '../commit/table-state.ts';
import { pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import { ancestorsOf } from '../metadata/read-metadata.ts';
import type { Snapshot, SnapshotId, TableMetadata } from '../metadata/table-metadata.ts';
import type { Warehouse } from '../warehouse.ts';
import { referencedFiles } from './referenced-files.ts';

export interface ExpireRequest {
  readonly table: TableName;
  /** Snapshots before this moment go, in milliseconds since 1970. */
  readonly olderThanMs: number;
  /** So many of the newest stay whatever their age. By default 1: the current one always stays. */
  readonly keepLast?: number;
  /** What was current within this time stays: somebody may be reading it still. By default an hour. */
  readonly graceMs?: number;
  /**
   * Asked when the snapshots are forgotten: whether somebody may still be reading files that only they needed. A read that began
   * before may take any time, and of any snapshot. These files stay then, as orphans that are as old as this moment.
   */
  readonly isReadStill?: () => boolean;
}

/** For readers that nobody can know of, such as other engines. */
export const defaultGraceMs = 3_600_000;

export interface Expired {
  readonly state: TableState;
  readonly snapshotIds: readonly SnapshotId[];
  /** Paths of the files that nobody refers to any more, and that are gone. */
  readonly removedFiles: readonly string[];
  /** Those that stay because somebody may be reading them. */
  readonly keptFiles: readonly string[];
}

/**
 * Forgets old snapshots and removes the files that only they needed. What a branch or a tag names stays, and what was current
 * a moment ago. Without `isReadStill` a read of an earlier state (time travel) that is under way may fail.
 */
export async function expireSnapshots(warehouse: Warehouse, request: ExpireRequest): Promise<Expired> {
  const present = await loadTable(warehouse, request.table);
  const now = warehouse.now();
  if (present.metadata.properties['gc.enabled'] === 'false') throw isShared();
  if (expiringSnapshots(present.metadata, { ...request, now }).length === 0) {
    return { state: present, snapshotIds: [], removedFiles: [], keptFiles: [] };
  }
  let before: TableMetadata | undefined;
  let gone = new Set<SnapshotId>();
  const state = await commitTable(warehouse, request.table, ({ metadata }) => {
    before = metadata;
    gone = new Set(expiringSnapshots(metadata, { ...request, now }).map(idOf));
    return withoutSnapshots(metadata, gone);
  });
  if (!before || gone.size === 0) return { state, snapshotIds: [], removedFiles: [], keptFiles: [] };
  const expired = before.snapshots.filter((snapshot) => gone.has(snapshot['snapshot-id']));
  const candidates = await referencedFiles(before, expired);
  const needed = await referencedFiles(state.metadata, state.metadata.snapshots);
  const folder = `${pathOf(state.metadata.location)}/`;
  const useless = [...candidates].filter((path) => !needed.has(path) && path.startsWith(folder));
  const isRead = useless.length > 0 && (request.isReadStill?.() ?? false);
  for (const path of useless) await (isRead ? makeYoung(path, now) : rm(path, { force: true }));
  const [removedFiles, keptFiles] = isRead ? [[], useless] : [useless, []];
  return { state, snapshotIds: [...gone], removedFiles, keptFiles };
}

/** Whoever removes orphans judges them by their age: this one has been an orphan since now. */
async function makeYoung(path: string, now: number): Promise<void> {
  try {
    await utimes(path, new Date(now), new Date(now));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** The snapshots that `expireSnapshots` would take at that moment. */
export function expiringSnapshots(
  metadata: TableMetadata,
  {
    olderThanMs,
    keepLast = 1,
    graceMs = defaultGraceMs,
    now,
  }: Omit<ExpireRequest, 'table'> & { now: number },
): readonly Snapshot[] {
  const current = ancestorsOf(metadata, metadata['current-snapshot-id']);
  const kept = new Set(current.slice(0, Math.max(1, keepLast)).map(idOf));
  for (const id of namedElsewhere(metadata)) kept.add(id);
  for (const id of currentSince(metadata, now - graceMs)) kept.add(id);
  return metadata.snapshots.filter(
    (snapshot) => snapshot['timestamp-ms'] < olderThanMs && !kept.has(idOf(snapshot)),
  );
}

/** By when a snapshot was replaced, not by when it was made: one of last year may have been the current one a second ago. */
function currentSince(metadata: TableMetadata, sinceMs: number): readonly SnapshotId[] {
  const log = metadata['snapshot-log'];
  return log.flatMap((entry, index) => {
    const replacedMs = log[index + 1]?.['timestamp-ms'] ?? Number.POSITIVE_INFINITY;
    return replacedMs > sinceMs ? [entry['snapshot-id']] : [];
  });
}

function idOf(snapshot: Snapshot): SnapshotId {
  return snapshot['snapshot-id'];
}

function namedElsewhere(metadata: TableMetadata): readonly SnapshotId[] {
  return Object.entries(metadata.refs).flatMap(([name, ref]) => {
    if (name === 'main') return [];
    if (ref.type === 'tag') return [ref['snapshot-id']];
    return ancestorsOf(metadata, ref['snapshot-id']).map((snapshot) => snapshot['snapshot-id']);
  });
}

export function withoutSnapshots(metadata: TableMetadata, gone: ReadonlySet<SnapshotId>): TableMetadata {
  const log = metadata['snapshot-log'];
  // The log answers "which was current then": before a gap it would answer wrongly, so it begins behind the last gap.
  const lastGap = log.findLastIndex((entry) => gone.has(entry['snapshot-id']));
  const others = Object.fromEntries(
    ['statistics', 'partition-statistics'].flatMap((key) => {
      const list = metadata[key];
      const isKept = (entry: { 'snapshot-id': SnapshotId }) => !gone.has(entry['snapshot-id']);
      return Array.isArray(list) ? [[key, list.filter(isKept)]] : [];
    }),
  );
  return {
    ...metadata,
    ...others,
    snapshots: metadata.snapshots.filter((snapshot) => !gone.has(snapshot['snapshot-id'])),
    'snapshot-log': log.slice(lastGap + 1),
  };
}

function isShared(): IcebergError {
  return new IcebergError('INVALID', "The table's files may belong to another table (gc.enabled is false).", {
    hint: 'nothing is removed from such a table.',
  });
}
