import type { DataFile } from '../avro/data-file.ts';
import type { TableName } from '../catalog/table-name.ts';
import { type WrittenSnapshot, writeSnapshot } from '../commit/write-snapshot.ts';
import { IcebergError } from '../iceberg-error.ts';
import { partitionKey } from '../partition/partition-key.ts';
import { type FilePlan, type PlannedFile, planFiles } from '../read/plan-files.ts';
import { scanSql } from '../read/scan-sql.ts';
import type { Warehouse } from '../warehouse.ts';
import { targetOf, writeDataFiles } from '../write/write-data-files.ts';

export interface CompactRequest {
  readonly table: TableName;
  /** Files below this size are put together. By default 96 MB. */
  readonly smallerThanBytes?: number;
  readonly summary?: Readonly<Record<string, string>>;
}

export interface Compacted {
  readonly filesBefore: number;
  readonly filesAfter: number;
  /** Undefined when there was nothing to do. */
  readonly written: WrittenSnapshot | undefined;
}

/**
 * Writes small files of a partition, files of an older partitioning, and files with deleted rows anew. The table's rows
 * are the same before and after; the rows that are written are counted against those that were read.
 * @throws IcebergError CONFLICT when another writer removed one of the files meanwhile.
 */
export async function compactFiles(warehouse: Warehouse, request: CompactRequest): Promise<Compacted> {
  const plan = await planFiles(warehouse, { table: request.table });
  const chosen = chooseFiles(plan, request.smallerThanBytes ?? 96 * 1024 * 1024);
  if (chosen.length === 0) return { filesBefore: 0, filesAfter: 0, written: undefined };
  const select = await scanSql(warehouse.engine, { plan: { ...plan, files: chosen } });
  const target = targetOf(plan.state.metadata);
  const added = await writeDataFiles(warehouse.engine, { target, select });
  const locations = new Set(chosen.map(({ file }) => file.location));
  const written = await writeSnapshot(warehouse, request.table, {
    operation: 'replace',
    added,
    ownsAdded: true,
    isRemoved: (file) => locations.has(file.location),
    check: (_base, removed) => checkUnchanged({ chosen, added, removed }),
    summary: request.summary ?? {},
  });
  return { filesBefore: chosen.length, filesAfter: added.length, written };
}

function chooseFiles(plan: FilePlan, smallerThanBytes: number): readonly PlannedFile[] {
  const specId = plan.state.metadata['default-spec-id'];
  const mustGo = ({ file, deletes }: PlannedFile) => file.specId !== specId || deletes.length > 0;
  const small = plan.files.filter(
    (planned) => !mustGo(planned) && planned.file.fileSizeBytes < smallerThanBytes,
  );
  const groups = Map.groupBy(small, ({ file }) => partitionKey(file));
  const worthIt = [...groups.values()].filter((group) => group.length > 1).flat();
  return [...plan.files.filter(mustGo), ...worthIt];
}

function checkUnchanged(files: {
  chosen: readonly PlannedFile[];
  added: readonly DataFile[];
  removed: readonly DataFile[];
}): void {
  if (files.removed.length !== files.chosen.length) {
    throw new IcebergError('CONFLICT', 'Another writer removed files while they were compacted.', {
      hint: 'compact again.',
    });
  }
  if (files.chosen.some(({ deletes }) => deletes.length > 0)) return;
  const [before, after] = [rowsOf(files.removed), rowsOf(files.added)];
  if (before !== after) {
    throw new IcebergError(
      'CONFLICT',
      `Compaction read ${before} rows and wrote ${after}: nothing was changed.`,
    );
  }
}

function rowsOf(files: readonly DataFile[]): number {
  return files.reduce((sum, file) => sum + file.recordCount, 0);
}
