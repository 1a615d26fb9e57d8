import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeTable, type TableName } from '../catalog/table-name.ts';
import { codeOf } from '../files/durable-files.ts';
import { locationOf, pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import { loadMetadata } from '../metadata/metadata-cache.ts';
import { readMetadata } from '../metadata/read-metadata.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import type { Warehouse } from '../warehouse.ts';

/** A table as it is at one moment. */
export interface TableState {
  readonly table: TableName;
  readonly metadata: TableMetadata;
  /** Of the metadata file. */
  readonly location: string;
}

/**
 * The table as the catalog has it. A metadata file that is complete and follows the catalog's is a commit whose writer
 * died (or is about to enter it): it is entered now, so that nobody sees it come and go.
 * @throws IcebergError NOT_FOUND, DAMAGED, MOVED, UNSUPPORTED.
 */
export async function loadTable(warehouse: Warehouse, table: TableName): Promise<TableState> {
  for (;;) {
    const location = warehouse.catalog.findLocation(table);
    if (location === undefined) throw noSuchTable(table);
    // A copied warehouse would otherwise write into the tables that it was copied from.
    if (!pathOf(location).startsWith(`${warehouse.folder}/`))
      throw moved({ table, location, folder: warehouse.folder });
    const successor = warehouse.catalog.isReadOnly ? undefined : await findSuccessor(location);
    if (successor === undefined) return readState(warehouse, { table, location });
    if (!tryEnter(warehouse, { table, location, successor })) {
      return readState(warehouse, { table, location: await newestOf(successor) });
    }
  }
}

/** @returns false when the catalog cannot be written now: a full disk must not keep anybody from reading what is committed. */
function tryEnter(
  warehouse: Warehouse,
  { table, location, successor }: { table: TableName; location: string; successor: string },
): boolean {
  try {
    warehouse.catalog.swap(table, { from: location, to: successor });
    return true;
  } catch {
    return false;
  }
}

async function newestOf(location: string): Promise<string> {
  const next = await findSuccessor(location);
  return next === undefined ? location : newestOf(next);
}

export function noSuchTable(table: TableName): IcebergError {
  return new IcebergError('NOT_FOUND', `There is no table ${describeTable(table)}.`);
}

/** 7 of `v7.metadata.json` and of `00007-1b2c.metadata.json`, as other writers name theirs. */
export function versionOf(location: string): number {
  return Number(
    /(?:^|\/)(?:v(\d+)|(\d+)-[^/]*)\.metadata\.json$/.exec(location)?.slice(1).find(Boolean) ?? 0,
  );
}

export function metadataPath(folder: string, version: number): string {
  return join(folder, `v${version}.metadata.json`);
}

/** The file that our writers give the next version, when it is there and was made from this one. */
async function findSuccessor(location: string): Promise<string | undefined> {
  const path = metadataPath(dirname(pathOf(location)), versionOf(location) + 1);
  if (!existsSync(path)) return undefined;
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const previous = readMetadata(text, path)['metadata-log'].at(-1)?.['metadata-file'];
  return previous === location ? locationOf(path) : undefined;
}

async function readState(
  { catalog }: Warehouse,
  { table, location }: { table: TableName; location: string },
): Promise<TableState> {
  try {
    return { table, location, metadata: await loadMetadata(catalog, location) };
  } catch (cause) {
    throw codeOf(cause) === 'ENOENT' ? missing(location, cause) : cause;
  }
}

function missing(location: string, cause: unknown): IcebergError {
  return new IcebergError('DAMAGED', `The table's metadata file ${location} is missing.`, { cause });
}

function moved({
  table,
  location,
  folder,
}: {
  table: TableName;
  location: string;
  folder: string;
}): IcebergError {
  return new IcebergError(
    'MOVED',
    `${describeTable(table)} is said to be at ${location}, the warehouse is ${folder}.`,
  );
}
