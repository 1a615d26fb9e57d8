import { realpath, stat } from 'node:fs/promises';
import { normalize } from 'node:path';
import { entryStatus, type ManifestFile } from '../avro/data-file.ts';
import { pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import { snapshotOf } from '../metadata/read-metadata.ts';
import type { Snapshot, SnapshotId, TableMetadata } from '../metadata/table-metadata.ts';
import { readManifest, readManifestList } from '../read/live-files.ts';

/**
 * Looks at all that new snapshots name and the table did not name before: lists, manifests and files lie in the table's own folder, are
 * whole, and are of a kind that is read here.
 * @throws IcebergError INVALID, UNSUPPORTED, DAMAGED
 */
export async function checkNewFiles(
  metadata: TableMetadata,
  { added, before }: { added: readonly SnapshotId[]; before: Snapshot | undefined },
): Promise<void> {
  if (added.length === 0) return;
  const folder = pathOf(metadata.location);
  const known = new Set((await readManifestList(before)).map((manifest) => manifest.location));
  for (const id of added) {
    const snapshot = snapshotOf(metadata, id);
    await requireInside({ location: snapshot['manifest-list'], folder });
    const manifests = await readManifestList(snapshot);
    checkTotal(snapshot, manifests);
    for (const manifest of manifests) {
      if (known.has(manifest.location)) continue;
      known.add(manifest.location);
      await checkManifest(manifest, { metadata, folder });
    }
  }
}

async function checkManifest(
  manifest: ManifestFile,
  { metadata, folder }: { metadata: TableMetadata; folder: string },
): Promise<void> {
  await requireInside({ location: manifest.location, folder });
  for (const { status, file } of await readManifest(manifest, metadata)) {
    if (status === entryStatus.deleted) continue;
    await requireInside({ location: file.location, folder, size: file.fileSizeBytes });
    if (file.format.toLowerCase() !== 'parquet' || file.content === 2) {
      throw new IcebergError('UNSUPPORTED', `${file.location} is of a kind that is not read here.`, {
        hint: 'rows and deletes by position, in Parquet.',
      });
    }
  }
}

/** The rows of a table are counted by its summary. */
function checkTotal({ summary }: Snapshot, manifests: readonly ManifestFile[]): void {
  const told = summary['total-records'];
  if (
    told === undefined ||
    manifests.some(
      ({ content, addedRows, existingRows }) => content !== 0 || addedRows < 0 || existingRows < 0,
    )
  )
    return;
  const rows = manifests.reduce((sum, { addedRows, existingRows }) => sum + addedRows + existingRows, 0);
  if (rows === Number(told)) return;
  throw new IcebergError('INVALID', `The snapshot's summary says ${told} rows, its manifests have ${rows}.`);
}

async function requireInside({
  location,
  folder,
  size,
}: {
  location: string;
  folder: string;
  size?: number;
}): Promise<void> {
  const path = pathOf(location);
  if (!(await isInside(path, folder))) {
    throw new IcebergError('INVALID', `${location} is outside of the table's folder, ${folder}.`, {
      hint: 'a table of this catalog has all its files in its own folder.',
    });
  }
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new IcebergError('INVALID', `${location} is not there.`);
  if (size !== undefined && found.size !== size)
    throw new IcebergError('INVALID', `${location} has ${found.size} bytes, its manifest says ${size}.`);
}

/** As it is written, and as it is: a folder in between may be a link to another place. */
async function isInside(path: string, folder: string): Promise<boolean> {
  if (normalize(path) !== path || !path.startsWith(`${folder}/`)) return false;
  const real = await realpath(path).catch(() => undefined);
  return real === undefined || real.startsWith(`${await realpath(folder)}/`);
}
