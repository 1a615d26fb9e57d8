import { rm } from 'node:fs/promises';
import type { DataFile } from '../avro/data-file.ts';
import { pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import { countMatches, type MatchedFile } from '../read/count-matches.ts';
import { type FilePlan, planTable } from '../read/plan-files.ts';
import { type Predicate, predicateSql } from '../read/predicate.ts';
import { scanSql } from '../read/scan-sql.ts';
import type { Warehouse } from '../warehouse.ts';
import { targetOf, writeDataFiles } from '../write/write-data-files.ts';
import type { CommitRequest } from './append.ts';
import type { BasedOn } from './based-on.ts';
import { overtaken } from './based-on.ts';
import { filesChangedSince } from './files-changed-since.ts';
import { loadTable, type TableState } from './table-state.ts';
import { isWithoutEffect, repeatedSnapshot, type WrittenSnapshot, writeSnapshot } from './write-snapshot.ts';

export interface ReplaceWork extends Omit<CommitRequest, 'basedOn'> {
  readonly where: Predicate;
  /** The files of the rows that come. */
  readonly added: readonly DataFile[];
  /** Whether those files go when the work is given up. */
  readonly ownsAdded?: boolean;
  readonly basedOn: BasedOn;
  /** CONFLICT for any rows that others changed since, not only for those that are replaced: the new rows were judged by all. */
  readonly ifUnchanged?: boolean;
}

/**
 * Takes away the rows that the predicate is true for. When others changed the files meanwhile but not these rows (a
 * compaction, rows of their own), it is done again on what is there then.
 */
export async function replaceRows(warehouse: Warehouse, work: ReplaceWork): Promise<WrittenSnapshot> {
  try {
    return await replaceAgain(warehouse, work);
  } catch (error) {
    if (work.ownsAdded && isWithoutEffect(error)) await removeFiles(work.added);
    throw error instanceof FilesMoved ? overtaken() : error;
  }
}

async function replaceAgain(warehouse: Warehouse, work: ReplaceWork): Promise<WrittenSnapshot> {
  for (let attempt = 1; ; attempt++) {
    const base = await loadTable(warehouse, work.table);
    const before = repeatedSnapshot(base, work);
    if (before) return before;
    try {
      return await replaceOnce(warehouse, { base, work });
    } catch (error) {
      if (!(error instanceof FilesMoved) || attempt === mostAttempts) throw error;
    }
  }
}

// Each attempt reads and writes rows: a table whose files change that often is compacted or loaded all the time.
const mostAttempts = 10;

/** Others changed the files that were to be written anew; nobody changed the rows that are replaced. */
class FilesMoved extends IcebergError {
  constructor() {
    super('CONFLICT', 'Files that were written anew were changed by another writer meanwhile.');
  }
}

async function replaceOnce(
  warehouse: Warehouse,
  { base, work }: { base: TableState; work: ReplaceWork },
): Promise<WrittenSnapshot> {
  await checkNoneAdded(warehouse, { state: base, work });
  const touched = await touchedFiles(warehouse, await planTable(base, { where: work.where }));
  const kept = await keepOthers(warehouse, { state: base, work, touched });
  const leaving = new Set(touched.map(({ planned }) => planned.file.location));
  const { summary = {}, once, table, added } = work;
  const from = base.metadata['current-snapshot-id'];
  try {
    const written = await writeSnapshot(warehouse, table, {
      operation: added.length + kept.length === 0 ? 'delete' : 'overwrite',
      summary,
      once,
      added: [...kept, ...added],
      isRemoved: (file) => leaving.has(file.location),
      check: async ({ metadata, ...state }, removed) => {
        if (removed.length !== leaving.size) throw new FilesMoved();
        const since = { from, isAny: work.ifUnchanged === true, where: work.where };
        if (await hasNewRows(warehouse, { ...state, metadata }, since)) throw new FilesMoved();
      },
    });
    if (written.isRepeated) await removeFiles(kept);
    return written;
  } catch (error) {
    if (isWithoutEffect(error)) await removeFiles(kept);
    throw error;
  }
}

/** Rows that match and that the caller could not know of, when it made the rows that are to take their place. */
async function checkNoneAdded(
  warehouse: Warehouse,
  { state, work }: { state: TableState; work: ReplaceWork },
): Promise<void> {
  const changed = await filesChangedSince(state.metadata, work.basedOn ?? undefined);
  if (changed.length === 0) return;
  if (work.ifUnchanged) throw overtaken();
  if (await anyMatch(warehouse, { state, changed, where: work.where })) throw overtaken();
}

/** Rows that only came and do not match are no reason to start again: a table that all loads append to is never still. */
async function hasNewRows(
  warehouse: Warehouse,
  state: TableState,
  { from, isAny, where }: { from: string | undefined; isAny: boolean; where: Predicate },
): Promise<boolean> {
  if (state.metadata['current-snapshot-id'] === from) return false;
  const changed = await filesChangedSince(state.metadata, from);
  // What was deleted from files that were written anew would come back with them.
  if (changed.some(({ content }) => content !== 0)) return true;
  return isAny ? changed.length > 0 : anyMatch(warehouse, { state, changed, where });
}

/** Whether rows that match are in the files that are there still. */
async function anyMatch(
  warehouse: Warehouse,
  { state, changed, where }: { state: TableState; changed: readonly DataFile[]; where: Predicate },
): Promise<boolean> {
  const locations = new Set(changed.map((file) => file.location));
  const plan = await planTable(state, { where });
  const files = plan.files.filter(({ file }) => locations.has(file.location));
  return (await touchedFiles(warehouse, { ...plan, files })).length > 0;
}

async function touchedFiles(warehouse: Warehouse, plan: FilePlan): Promise<readonly MatchedFile[]> {
  return (await countMatches(warehouse.engine, plan)).filter(({ matching }) => matching > 0);
}

/** The rows of the touched files that do not match, as new files. */
async function keepOthers(
  warehouse: Warehouse,
  { state, work, touched }: { state: TableState; work: ReplaceWork; touched: readonly MatchedFile[] },
): Promise<readonly DataFile[]> {
  const mixed = touched.filter(({ matching, rows }) => matching < rows);
  if (mixed.length === 0) return [];
  const plan = await planTable(state, { where: work.where });
  const files = mixed.map(({ planned }) => planned);
  const { where, ...all } = plan;
  const rows = await scanSql(warehouse.engine, { plan: { ...all, where: undefined, files } });
  const select = `SELECT * FROM (${rows}) AS present WHERE (${where ? predicateSql(where) : 'true'}) IS NOT TRUE`;
  const kept = await writeDataFiles(warehouse.engine, {
    target: targetOf(state.metadata, warehouse.fileBytes),
    select,
  });
  const expected = mixed.reduce((sum, file) => sum + file.rows - file.matching, 0);
  const found = kept.reduce((sum, file) => sum + file.recordCount, 0);
  if (found === expected) return kept;
  await removeFiles(kept);
  throw new IcebergError('DAMAGED', `${expected} rows were to be kept and ${found} were written.`);
}

async function removeFiles(files: readonly DataFile[]): Promise<void> {
  for (const file of files) await rm(pathOf(file.location), { force: true });
}
