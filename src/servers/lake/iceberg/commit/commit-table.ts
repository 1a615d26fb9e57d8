import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { messageOf } from '../../../../errors/index.ts';
import { describeTable, type TableName } from '../catalog/table-name.ts';
import { linkDurably, readTableFile, replaceFile } from '../files/durable-files.ts';
import { locationOf, pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import { rememberMetadata } from '../metadata/metadata-cache.ts';
import { printMetadataJson } from '../metadata/metadata-json.ts';
import { readMetadata } from '../metadata/read-metadata.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import type { Warehouse } from '../warehouse.ts';
import { loadTable, metadataPath, type TableState, versionOf } from './table-state.ts';

/**
 * What a commit makes of the table. It is called again on the newer state when another writer was first, so it decides
 * each time whether the work still holds.
 * @throws IcebergError CONFLICT when it does not.
 */
export type Change = (base: TableState) => Promise<TableMetadata> | TableMetadata;

/**
 * Makes one change of a table, whole or not at all, among any number of processes:
 * the new metadata file is whole and on disk before it gets its name, its name is given once (`link`), and the
 * catalog's row moves from the old file to the new one or not at all.
 * @throws IcebergError CONFLICT after too many lost races.
 */
export async function commitTable(
  warehouse: Warehouse,
  table: TableName,
  change: Change,
): Promise<TableState> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const base = await loadTable(warehouse, table);
    if (base.metadata['format-version'] !== 2) throw onlyReadable(table);
    const metadata = withHistory(base, { changed: await change(base), now: warehouse.now() });
    const location = await publish(warehouse, base, metadata);
    if (location !== undefined) {
      rememberMetadata(warehouse.catalog, { location, metadata });
      // The commit is made. What is left undone here is done by the next one; a failure now would be read as "not written".
      await tidyUp(base, { metadata, location }).catch(() => undefined);
      return { table, metadata, location };
    }
    // Writers that met once would meet again: each waits a little longer, and not as long as the others.
    await setTimeout(Math.random() * Math.min(200, 5 * 2 ** attempt));
  }
  throw new IcebergError(
    'CONFLICT',
    `${describeTable(table)} is changed by others all the time: ${mostAttempts} attempts.`,
  );
}

// Ten writers at once took up to 12 attempts; a hundred is a table that nobody can write to.
const mostAttempts = 100;

/** @returns undefined when another writer was first */
async function publish(
  warehouse: Warehouse,
  base: TableState,
  metadata: TableMetadata,
): Promise<string | undefined> {
  const path = await linkNext(dirname(pathOf(base.location)), { base, text: printMetadataJson(metadata) });
  if (path === undefined) return undefined;
  const location = locationOf(path);
  try {
    if (warehouse.catalog.swap(base.table, { from: base.location, to: location })) return location;
    if (await wasEntered(warehouse, base, location)) return location;
  } catch (cause) {
    throw inDoubt(base.table, cause);
  }
  // A writer that knows no version files was first. Nobody refers to ours.
  await rm(path, { force: true });
  return undefined;
}

/**
 * Takes the next version's name. The name may be taken by a commit that another kind of writer beat: such a file
 * follows nothing that the catalog knows, and the name after it is used.
 */
async function linkNext(
  folder: string,
  { base, text }: { base: TableState; text: string },
): Promise<string | undefined> {
  for (let version = versionOf(base.location) + 1; ; version++) {
    const path = metadataPath(folder, version);
    if (await linkDurably(path, text)) return path;
    const taken = readMetadata((await readTableFile(path)).toString('utf8'), path);
    if (taken['metadata-log'].at(-1)?.['metadata-file'] === base.location) return undefined;
  }
}

/** Whether another process found our file and entered it for us; others may have built on it already. */
async function wasEntered(warehouse: Warehouse, base: TableState, location: string): Promise<boolean> {
  const now = await loadTable(warehouse, base.table);
  const past = now.metadata['metadata-log'].map((entry) => entry['metadata-file']);
  return now.location === location || past.includes(location);
}

/** The time goes on even when a machine's clock does not: a table's past is found by it. */
export function nextTimestamp(metadata: TableMetadata, now: number): number {
  return Math.max(now, metadata['last-updated-ms'] + 1);
}

function withHistory(
  base: TableState,
  { changed, now }: { changed: TableMetadata; now: number },
): TableMetadata {
  const isStamped = changed['last-updated-ms'] > base.metadata['last-updated-ms'];
  const entry = { 'timestamp-ms': base.metadata['last-updated-ms'], 'metadata-file': base.location };
  return {
    ...changed,
    'last-updated-ms': isStamped ? changed['last-updated-ms'] : nextTimestamp(base.metadata, now),
    'metadata-log': [...changed['metadata-log'], entry].slice(-versionsKept(changed)),
  };
}

function versionsKept(metadata: TableMetadata): number {
  return Math.max(1, Number(metadata.properties['write.metadata.previous-versions-max'] ?? 100));
}

async function tidyUp(base: TableState, done: { metadata: TableMetadata; location: string }): Promise<void> {
  const folder = dirname(pathOf(done.location));
  await replaceFile(`${folder}/version-hint.text`, String(versionOf(done.location)));
  if (done.metadata.properties['write.metadata.delete-after-commit.enabled'] !== 'true') return;
  const kept = new Set(done.metadata['metadata-log'].map((entry) => entry['metadata-file']));
  for (const { 'metadata-file': old } of base.metadata['metadata-log']) {
    if (!kept.has(old) && pathOf(old).startsWith(folder)) await rm(pathOf(old), { force: true });
  }
}

function inDoubt(table: TableName, cause: unknown): IcebergError {
  const message = `The change of ${describeTable(table)} is on disk, and the catalog did not answer: ${messageOf(cause)}`;
  return new IcebergError('IN_DOUBT', message, {
    hint: 'look at the table before the work is repeated.',
    cause,
  });
}

function onlyReadable(table: TableName): IcebergError {
  return new IcebergError(
    'UNSUPPORTED',
    `${describeTable(table)} is of version 1 of the format, which is only read here.`,
    {
      hint: "let its own engine upgrade it: set the property 'format-version' to 2.",
    },
  );
}
