import type { TableName } from '../catalog/table-name.ts';
import { IcebergError } from '../iceberg-error.ts';
import type { Warehouse } from '../warehouse.ts';
import { type WrittenSnapshot, writeSnapshot } from './write-snapshot.ts';

export interface DeleteFilesRequest {
  readonly table: TableName;
  /** Locations as `planFiles` gives them. */
  readonly locations: readonly string[];
  readonly summary?: Readonly<Record<string, string>>;
}

/**
 * Takes whole files out of the table.
 * @throws IcebergError CONFLICT when one of them is not in it any more.
 */
export async function deleteFiles(
  warehouse: Warehouse,
  request: DeleteFilesRequest,
): Promise<WrittenSnapshot> {
  const wanted = new Set(request.locations);
  return writeSnapshot(warehouse, request.table, {
    operation: 'delete',
    added: [],
    isRemoved: (file) => wanted.has(file.location),
    summary: request.summary ?? {},
    check: (_base, removed) => {
      if (removed.length === wanted.size) return;
      const found = new Set(removed.map((file) => file.location));
      const missing = [...wanted].find((location) => !found.has(location));
      throw new IcebergError('CONFLICT', `${missing} is not in the table any more.`, {
        hint: 'plan the files again.',
      });
    },
  });
}
