import { rm } from 'node:fs/promises';
import type { TableName } from '../catalog/table-name.ts';
import { loadTable, noSuchTable } from '../commit/table-state.ts';
import { pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import type { Warehouse } from '../warehouse.ts';

/**
 * Takes the table out of the catalog. Its files stay unless `purge` says otherwise.
 * @throws IcebergError NOT_FOUND, INVALID when files are to go that may belong to another table.
 */
export async function dropTable(
  warehouse: Warehouse,
  { table, purge = false }: { table: TableName; purge?: boolean },
): Promise<void> {
  const folder = purge ? await folderToRemove(warehouse, table) : undefined;
  if (!warehouse.catalog.remove(table)) throw noSuchTable(table);
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}

async function folderToRemove(warehouse: Warehouse, table: TableName): Promise<string> {
  const { metadata } = await loadTable(warehouse, table);
  const folder = pathOf(metadata.location);
  if (folder.startsWith(`${warehouse.folder}/`) && metadata.properties['gc.enabled'] !== 'false')
    return folder;
  throw new IcebergError('INVALID', `The table's folder ${folder} is not the warehouse's own.`, {
    hint: 'drop the table without purge.',
  });
}
