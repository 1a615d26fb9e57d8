import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkTableName, describeTable, type TableName } from '../catalog/table-name.ts';
import { codeOf, linkDurably, replaceFile, syncFolder } from '../files/durable-files.ts';
import { folderName, locationOf, pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import { printMetadataJson } from '../metadata/metadata-json.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import { type DraftPartition, firstPartitionId, specOfDraft } from '../partition/spec.ts';
import { schemaOfDraft } from '../schema/assign-ids.ts';
import { identifySchema } from '../schema/identifiers.ts';
import type { DraftField } from '../schema/types.ts';
import type { Warehouse } from '../warehouse.ts';
import { metadataPath, type TableState } from './table-state.ts';

export interface CreateTableRequest {
  readonly table: TableName;
  readonly columns: readonly DraftField[];
  readonly partitionedBy?: readonly DraftPartition[];
  /** Names of the columns that tell rows apart: the primary key. They are required. Nothing here refuses a second row. */
  readonly identifiedBy?: readonly string[];
  readonly properties?: Readonly<Record<string, string>>;
}

/**
 * Makes an empty table, and its namespace.
 * @throws IcebergError EXISTS, INVALID, UNSUPPORTED.
 */
export async function createTable(warehouse: Warehouse, request: CreateTableRequest): Promise<TableState> {
  const { table } = request;
  checkTableName(table);
  if (warehouse.catalog.findLocation(table) !== undefined) throw exists(table);
  const metadataAt = firstMetadata(request, warehouse.now());
  const folder = await makeFolder(warehouse.folder, table);
  return publishTable(warehouse, { table, metadata: metadataAt(locationOf(folder)) });
}

/**
 * Makes the table that this metadata describes, in the folder that it names.
 * @param ownsFolder whether the folder goes when the name is taken meanwhile; otherwise only its metadata does
 * @throws IcebergError EXISTS
 */
export async function publishTable(
  warehouse: Warehouse,
  { table, metadata, ownsFolder = true }: { table: TableName; metadata: TableMetadata; ownsFolder?: boolean },
): Promise<TableState> {
  const folder = pathOf(metadata.location);
  const location = await writeFirstVersion(folder, metadata);
  if (location === undefined) throw exists(table);
  if (!warehouse.catalog.insert(table, location)) {
    await rm(ownsFolder ? folder : pathOf(location), { recursive: true });
    throw exists(table);
  }
  warehouse.catalog.createNamespace(table.namespace);
  await replaceFile(join(folder, 'metadata', 'version-hint.text'), '1');
  return { table, metadata, location };
}

/** All that can be wrong with the request is found before there is a folder. */
function firstMetadata(request: CreateTableRequest, now: number): (location: string) => TableMetadata {
  const { schema: plain, lastColumnId } = schemaOfDraft(request.columns);
  const schema = identifySchema(plain, request.identifiedBy ?? []);
  const history = { specs: [], lastPartitionId: firstPartitionId - 1 };
  const { spec, lastPartitionId } = specOfDraft(request.partitionedBy ?? [], { schema, history });
  return (location) => ({
    'format-version': 2,
    'table-uuid': randomUUID(),
    location,
    'last-sequence-number': 0,
    'last-updated-ms': now,
    'last-column-id': lastColumnId,
    schemas: [schema],
    'current-schema-id': 0,
    'partition-specs': [spec],
    'default-spec-id': 0,
    'last-partition-id': lastPartitionId,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    'default-sort-order-id': 0,
    properties: { ...defaultProperties, ...request.properties },
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  });
}

/** Of a table that says nothing else. Each version of a table with 1,000 snapshots is 0.4 MB: those that nobody asks for any more go by themselves. */
export const defaultProperties = {
  'write.format.default': 'parquet',
  'write.parquet.compression-codec': 'zstd',
  'write.metadata.delete-after-commit.enabled': 'true',
  'write.metadata.previous-versions-max': '100',
};

/** Where a table of this name lies when no other one lies there. */
export function plainFolder(warehouse: string, table: TableName): string {
  return join(warehouse, ...table.namespace.map(folderName), folderName(table.name));
}

/** A folder of its own: one that a dropped table of the same name left is not taken over. */
export async function makeFolder(warehouse: string, table: TableName): Promise<string> {
  const plain = plainFolder(warehouse, table);
  await mkdir(dirname(plain), { recursive: true });
  const folder = (await isMade(plain)) ? plain : `${plain}-${randomUUID().slice(0, 8)}`;
  await mkdir(join(folder, 'metadata'), { recursive: true });
  await mkdir(join(folder, 'data'));
  await syncFolder(folder);
  await syncFolder(dirname(folder));
  return folder;
}

async function isMade(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** @returns undefined when the folder has a table already */
async function writeFirstVersion(folder: string, metadata: TableMetadata): Promise<string | undefined> {
  const path = metadataPath(join(folder, 'metadata'), 1);
  return (await linkDurably(path, printMetadataJson(metadata))) ? locationOf(path) : undefined;
}

function exists(table: TableName): IcebergError {
  return new IcebergError('EXISTS', `There is a table ${describeTable(table)} already.`);
}
