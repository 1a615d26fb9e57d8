import type { DataFile } from '../avro/data-file.ts';
import type { Operation, SnapshotSummary } from '../metadata/table-metadata.ts';
import { partitionKey } from '../partition/partition-key.ts';

/** The summary of a snapshot: the format's own counts as digits, and the caller's keys beside them. */
export function summarizeSnapshot(
  previous: SnapshotSummary | undefined,
  work: {
    operation: Operation;
    added: readonly DataFile[];
    removed: readonly DataFile[];
    summary?: Readonly<Record<string, string>>;
  },
): SnapshotSummary {
  const [added, removed] = [measure(work.added), measure(work.removed)];
  const changes = {
    'added-data-files': added.files,
    'deleted-data-files': removed.files,
    'added-records': added.rows,
    'deleted-records': removed.rows,
    'added-files-size': added.bytes,
    'removed-files-size': removed.bytes,
    'changed-partition-count': new Set([...work.added, ...work.removed].map(partitionKey)).size,
  };
  const written = Object.entries(changes).filter(([, count]) => count > 0);
  const totals = Object.entries({
    'total-data-files': added.files - removed.files,
    'total-records': added.rows - removed.rows,
    'total-files-size': added.bytes - removed.bytes,
    'total-delete-files': 0,
    'total-position-deletes': 0,
    'total-equality-deletes': 0,
  }).flatMap(([key, change]) => total(previous, { key, change }));
  const counts = Object.fromEntries([...written, ...totals].map(([key, count]) => [key, String(count)]));
  return { ...work.summary, ...counts, operation: work.operation };
}

/** A total stays unknown when the snapshot before, of another writer, did not say it. */
function total(
  previous: SnapshotSummary | undefined,
  { key, change }: { key: string; change: number },
): readonly (readonly [string, number])[] {
  const before = previous === undefined ? '0' : previous[key];
  return before === undefined ? [] : [[key, Number(before) + change]];
}

function measure(files: readonly DataFile[]): { files: number; rows: number; bytes: number } {
  return files.reduce(
    (sum, file) => ({
      files: sum.files + 1,
      rows: sum.rows + file.recordCount,
      bytes: sum.bytes + file.fileSizeBytes,
    }),
    { files: 0, rows: 0, bytes: 0 },
  );
}
