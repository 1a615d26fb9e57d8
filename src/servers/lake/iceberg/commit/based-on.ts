import type { DataFile } from '../avro/data-file.ts';
import { IcebergError } from '../iceberg-error.ts';
import type { SnapshotId, TableMetadata } from '../metadata/table-metadata.ts';
import { filesChangedSince } from './files-changed-since.ts';

/** A snapshot, or null for a table that had none. */
export type BasedOn = SnapshotId | null;

/** @throws IcebergError CONFLICT when files that count were added or removed since; compactions change no rows. */
export async function checkNothingChanged(
  metadata: TableMetadata,
  basedOn: BasedOn,
  counts: (file: DataFile) => boolean = () => true,
): Promise<void> {
  const changed = await filesChangedSince(metadata, basedOn ?? undefined);
  if (changed.some(counts)) throw overtaken();
}

export function overtaken(): IcebergError {
  return new IcebergError(
    'CONFLICT',
    'Rows that this change builds on, or was to replace, were changed by another writer.',
    { hint: 'make the rows again from what is there now.' },
  );
}
