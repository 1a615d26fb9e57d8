import { basename, join, relative, sep } from 'node:path';
import { loadTable } from '../commit/table-state.ts';
import { pathOf } from '../files/locations.ts';
import type { Warehouse } from '../warehouse.ts';
import { filesIn, type Orphan } from './orphans.ts';

export interface StrayFile extends Orphan {
  /**
   * What is known to be of no use: files that DuckDB spilled, folders of tables that were never finished. What is not known (a
   * table that was dropped and kept its rows, somebody's own file) is for a person to judge.
   */
  readonly isUseless: boolean;
}

/** Files of the warehouse's folder that lie in no table's folder. The catalog's own are none. */
export async function listStrayFiles(
  warehouse: Warehouse,
  { olderThanMs }: { olderThanMs: number },
): Promise<readonly StrayFile[]> {
  const { folder } = warehouse;
  const found = (await filesIn(folder)).filter(({ path }) => !isCatalog(folder, path));
  // Behind the look at the files: a table that was made meanwhile is in the catalog now.
  const tables = await tableFolders(warehouse);
  const strays = found.filter(({ path }) => !tables.some((table) => path.startsWith(`${table}/`)));
  const withRows = new Set(
    strays.filter(({ path }) => path.endsWith('.parquet')).map(({ path }) => tableFolderOf(path)),
  );
  return strays
    .filter(({ modifiedMs }) => modifiedMs < olderThanMs)
    .map((file) => ({ ...file, isUseless: isUseless(folder, { path: file.path, withRows }) }));
}

async function tableFolders(warehouse: Warehouse): Promise<readonly string[]> {
  const folders: string[] = [];
  for (const namespace of warehouse.catalog.listNamespaces()) {
    for (const table of warehouse.catalog.listTables(namespace)) {
      folders.push(pathOf((await loadTable(warehouse, table)).metadata.location));
    }
  }
  return folders;
}

function isCatalog(folder: string, path: string): boolean {
  return /^[^/]+\.sqlite(-wal|-shm|-journal)?$/.test(relative(folder, path));
}

/** `…/metadata/v1.metadata.json` and `…/data/rows.parquet` are of the table above. */
function tableFolderOf(path: string): string | undefined {
  return /^(.*)\/(?:metadata|data)\/[^/]+$/.exec(path)?.[1];
}

function isUseless(
  folder: string,
  { path, withRows }: { path: string; withRows: ReadonlySet<string | undefined> },
): boolean {
  if (relative(folder, path).startsWith(`.scratch${sep}`)) return true;
  const table = tableFolderOf(path);
  const isMetadata = table !== undefined && path.startsWith(join(table, 'metadata'));
  return isMetadata && !withRows.has(table) && /\.(metadata\.json|text|tmp)$/.test(basename(path));
}
