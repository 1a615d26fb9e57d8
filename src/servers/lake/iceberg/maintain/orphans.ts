import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TableName } from '../catalog/table-name.ts';
import { loadTable, type TableState } from '../commit/table-state.ts';
import { pathOf } from '../files/locations.ts';
import type { Warehouse } from '../warehouse.ts';
import { dataFilesOf, type PreparedRows } from '../write/prepared-rows.ts';
import { referencedFiles, statisticsPaths } from './referenced-files.ts';

export interface Orphan {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface OrphanRequest {
  readonly table: TableName;
  /** Milliseconds since 1970. */
  readonly olderThanMs: number;
  /** Rows that were prepared for the table and that somebody is still going to commit. */
  readonly expected?: readonly PreparedRows[];
}

/**
 * Files in the table's folder that no snapshot needs: what writers left that died before their commit. A writer that is at
 * work has such files too, so only those are listed that are older than its longest load can be.
 */
export async function listOrphans(
  warehouse: Warehouse,
  { table, olderThanMs, expected = [] }: OrphanRequest,
): Promise<readonly Orphan[]> {
  // The files first: one that is committed while the table is read is then in the newer metadata.
  const before = await loadTable(warehouse, table);
  const found = await filesIn(pathOf(before.metadata.location));
  const needed = await neededFiles(await loadTable(warehouse, table));
  const promised = new Set(dataFilesOf(expected).map((file) => pathOf(file.location)));
  return found.filter(
    ({ path, modifiedMs }) => modifiedMs < olderThanMs && !needed.has(path) && !promised.has(path),
  );
}

/** Removes what `listOrphans` lists. */
export async function removeOrphans(
  warehouse: Warehouse,
  request: OrphanRequest,
): Promise<readonly Orphan[]> {
  const orphans = await listOrphans(warehouse, request);
  for (const orphan of orphans) await rm(orphan.path, { force: true });
  return orphans;
}

async function neededFiles({ metadata, location }: TableState): Promise<ReadonlySet<string>> {
  const past = metadata['metadata-log'].map((entry) => pathOf(entry['metadata-file']));
  return new Set([
    ...(await referencedFiles(metadata, metadata.snapshots)),
    ...statisticsPaths(metadata),
    ...past,
    pathOf(location),
    join(dirname(pathOf(location)), 'version-hint.text'),
  ]);
}

/** All files below a folder. */
export async function filesIn(folder: string): Promise<readonly Orphan[]> {
  const files: Orphan[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    // A writer may remove its own file meanwhile.
    const facts = await stat(path).catch(() => undefined);
    if (facts) files.push({ path, sizeBytes: facts.size, modifiedMs: facts.mtimeMs });
  }
  return files;
}
