import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ManifestEntry, ManifestFile } from '../avro/data-file.ts';
import { decodeManifest } from '../avro/decode-manifest.ts';
import { decodeManifestList } from '../avro/manifest-list.ts';
import { describeTable, type TableName } from '../catalog/table-name.ts';
import { ManifestWriter } from '../commit/manifest-writer.ts';
import { metadataPath, versionOf } from '../commit/table-state.ts';
import { linkDurably, readTableFile, replaceFile } from '../files/durable-files.ts';
import { locationOf, pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import { printMetadataJson } from '../metadata/metadata-json.ts';
import { readMetadata } from '../metadata/read-metadata.ts';
import type { Snapshot, TableMetadata } from '../metadata/table-metadata.ts';
import { partitionsOf } from '../read/live-files.ts';
import type { Warehouse } from '../warehouse.ts';

export interface Relocated {
  readonly table: TableName;
  readonly from: string;
  readonly to: string;
}

/**
 * Makes the tables of a warehouse whose folder was moved or copied readable where they are now: their files name each
 * other by absolute locations, which are written anew, and what they replace is removed. Tables that are in their place are left
 * alone; data files are not touched. The old folder, if it is still there, is not needed any more by this catalog.
 * @throws IcebergError DAMAGED when a table's files are not in this folder, UNSUPPORTED when rows are deleted by files that
 * name locations themselves.
 */
export async function relocateWarehouse(warehouse: Warehouse): Promise<readonly Relocated[]> {
  const relocated: Relocated[] = [];
  for (const namespace of warehouse.catalog.listNamespaces()) {
    for (const table of warehouse.catalog.listTables(namespace)) {
      const done = await relocateTable(warehouse, table);
      if (done) relocated.push(done);
    }
  }
  return relocated;
}

/** The tables that are said to be elsewhere than in the warehouse's folder. */
export function strayTables({
  folder,
  catalog,
}: Pick<Warehouse, 'folder' | 'catalog'>): readonly TableName[] {
  const isStray = (table: TableName) => {
    const location = catalog.findLocation(table);
    return location !== undefined && !pathOf(location).startsWith(`${folder}/`);
  };
  return catalog.listNamespaces().flatMap((namespace) => catalog.listTables(namespace).filter(isStray));
}

async function relocateTable(warehouse: Warehouse, table: TableName): Promise<Relocated | undefined> {
  const listed = warehouse.catalog.findLocation(table);
  if (listed === undefined || pathOf(listed).startsWith(`${warehouse.folder}/`)) return undefined;
  const path = findHere(warehouse.folder, { table, listed: pathOf(listed) });
  const metadata = readMetadata(await readFile(path, 'utf8'), path);
  const to = locationOf(dirname(dirname(path)));
  const move: Move = { from: metadata.location, to };
  const { moved, replaced } = await movedMetadata(metadata, { move });
  const location = await publishMoved(path, moved);
  if (!warehouse.catalog.swap(table, { from: listed, to: location })) {
    throw new IcebergError('CONFLICT', `${describeTable(table)} was changed while it was relocated.`);
  }
  // Until the catalog names the new ones, these are the table.
  for (const old of [path, ...replaced]) await rm(old, { force: true });
  return { table, from: metadata.location, to };
}

interface Move {
  readonly from: string;
  readonly to: string;
}

/** The longest end of the old path that is a file of this folder. */
function findHere(folder: string, { table, listed }: { table: TableName; listed: string }): string {
  const parts = listed.split('/');
  for (let start = 1; start < parts.length; start++) {
    const path = join(folder, ...parts.slice(start));
    if (existsSync(path)) return path;
  }
  throw new IcebergError(
    'DAMAGED',
    `${describeTable(table)} was at ${listed}, and no such file is in ${folder}.`,
    {
      hint: 'copy the whole warehouse, or open the folder that holds it.',
    },
  );
}

async function movedMetadata(
  metadata: TableMetadata,
  { move }: { move: Move },
): Promise<{ readonly moved: TableMetadata; readonly replaced: readonly string[] }> {
  const manifests = new Map<string, ManifestFile>();
  const snapshots: Snapshot[] = [];
  for (const snapshot of metadata.snapshots) {
    const writer = new ManifestWriter({ ...metadata, location: move.to }, snapshot['snapshot-id']);
    const list = await movedList(snapshot, { metadata, move, writer, manifests });
    snapshots.push({ ...snapshot, 'manifest-list': list });
  }
  const { statistics: _statistics, 'partition-statistics': _partitionStatistics, ...rest } = metadata;
  const lists = metadata.snapshots.map((snapshot) => snapshot['manifest-list']);
  const versions = (metadata['metadata-log'] ?? []).map((version) => version['metadata-file']);
  const replaced = [...lists, ...manifests.keys(), ...versions].map((old) =>
    pathOf(movedLocation(old, move)),
  );
  // Earlier versions still say where everything was: nobody can follow them. No row was changed, so the time of the last change stays.
  return {
    moved: { ...(rest as TableMetadata), location: move.to, snapshots, 'metadata-log': [] },
    replaced,
  };
}

interface MoveContext {
  readonly metadata: TableMetadata;
  readonly move: Move;
  readonly writer: ManifestWriter;
  /** Manifests that are rewritten already, by their old location: snapshots share them. */
  readonly manifests: Map<string, ManifestFile>;
}

async function movedList(snapshot: Snapshot, context: MoveContext): Promise<string> {
  const old = movedLocation(snapshot['manifest-list'], context.move);
  const manifests: ManifestFile[] = [];
  for (const manifest of decodeManifestList(await readTableFile(pathOf(old)), old)) {
    const known = context.manifests.get(manifest.location) ?? (await movedManifest(manifest, context));
    context.manifests.set(manifest.location, known);
    manifests.push(known);
  }
  return context.writer.writeList({
    snapshotId: snapshot['snapshot-id'],
    parentSnapshotId: snapshot['parent-snapshot-id'],
    sequenceNumber: snapshot['sequence-number'] ?? 0,
    manifests,
  });
}

async function movedManifest(manifest: ManifestFile, context: MoveContext): Promise<ManifestFile> {
  if (manifest.content === 1) {
    throw new IcebergError('UNSUPPORTED', 'The table has deletes that name their files by location.', {
      hint: 'compact it at its old place, then move it.',
    });
  }
  const { metadata, move, writer } = context;
  const old = movedLocation(manifest.location, move);
  const partitions = partitionsOf(metadata, manifest.specId);
  const entries = decodeManifest(await readTableFile(pathOf(old)), { manifest, partitions });
  const moved = entries.map(
    (entry): ManifestEntry => ({
      ...entry,
      file: { ...entry.file, location: movedLocation(entry.file.location, move) },
    }),
  );
  const written = await writer.writeManifest(moved, { ...manifest, metadata });
  return { ...manifest, location: written.location, lengthBytes: written.lengthBytes };
}

/** @throws IcebergError DAMAGED for a file that was outside of the table's folder. */
function movedLocation(location: string, { from, to }: Move): string {
  if (location.startsWith(`${from}/`)) return to + location.slice(from.length);
  throw new IcebergError(
    'DAMAGED',
    `${location} is outside of the table's folder ${from} and did not move with it.`,
  );
}

async function publishMoved(path: string, metadata: TableMetadata): Promise<string> {
  const folder = dirname(path);
  for (let version = versionOf(path) + 1; ; version++) {
    const next = metadataPath(folder, version);
    if (!(await linkDurably(next, printMetadataJson(metadata)))) continue;
    await replaceFile(join(folder, 'version-hint.text'), String(version));
    return locationOf(next);
  }
}
