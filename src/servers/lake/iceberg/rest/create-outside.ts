import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { checkTableName, describeTable, type TableName } from '../catalog/table-name.ts';
import { defaultProperties, makeFolder, plainFolder, publishTable } from '../commit/create-table.ts';
import type { TableState } from '../commit/table-state.ts';
import { syncFolder } from '../files/durable-files.ts';
import { locationOf, pathOf } from '../files/locations.ts';
import { IcebergError } from '../iceberg-error.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import { firstPartitionId } from '../partition/spec.ts';
import type { Warehouse } from '../warehouse.ts';
import { applyUpdates, type UpdateContext } from './apply-updates.ts';
import { checkNewFiles } from './check-new-files.ts';
import { withFreshIds } from './fresh-ids.ts';
import type { CreateTableBody, TableUpdate } from './read-request.ts';
import { RestRefusal } from './rest-refusal.ts';

export interface OutsideTable {
  readonly table: TableName;
  readonly context: UpdateContext;
}

/**
 * The table that is asked for: made, or with `stage-create` only described, so that the client may fill it first.
 * @throws RestRefusal, IcebergError EXISTS, INVALID, UNSUPPORTED
 */
export async function createOutside(
  warehouse: Warehouse,
  { body, table, context }: OutsideTable & { body: CreateTableBody },
): Promise<{ metadata: TableMetadata; location: string | undefined }> {
  requireFree(warehouse, table);
  if (typeof body.location === 'string')
    throw RestRefusal.badRequest('The catalog chooses where a table lies: ask without a location.');
  const updates = updatesOf(body);
  // All that can be wrong is found before there is a folder.
  const describe = (folder: string) =>
    firstMetadata({ location: locationOf(folder), uuid: randomUUID(), updates, context });
  describe(warehouse.folder);
  if (body['stage-create'] === true) {
    const folder = `${plainFolder(warehouse.folder, table)}-${randomUUID().slice(0, 8)}`;
    return { metadata: describe(folder), location: undefined };
  }
  const metadata = describe(await makeFolder(warehouse.folder, table));
  return publishTable(warehouse, { table, metadata });
}

/**
 * A table that was staged, with the rows that the client has written for it meanwhile.
 * @throws RestRefusal 409 when the table is there, IcebergError
 */
export async function createFromUpdates(
  warehouse: Warehouse,
  { updates, table, context }: OutsideTable & { updates: readonly TableUpdate[] },
): Promise<TableState> {
  if (warehouse.catalog.findLocation(table) !== undefined)
    throw RestRefusal.conflict(
      `Requirement failed (assert-create): there is a table ${describeTable(table)} already.`,
    );
  requireFree(warehouse, table);
  const location = updates.findLast((update) => update.action === 'set-location')?.location;
  const uuid = updates.findLast((update) => update.action === 'assign-uuid')?.uuid ?? randomUUID();
  const folder =
    location === undefined
      ? await makeFolder(warehouse.folder, table)
      : stagedFolder(warehouse, { table, location });
  const metadata = firstMetadata({ location: locationOf(folder), uuid, updates, context });
  await checkNewFiles(metadata, {
    added: metadata.snapshots.map((one) => one['snapshot-id']),
    before: undefined,
  });
  for (const part of ['metadata', 'data']) await mkdir(join(folder, part), { recursive: true });
  await syncFolder(folder);
  await syncFolder(dirname(folder));
  return publishTable(warehouse, { table, metadata, ownsFolder: false });
}

function requireFree(warehouse: Warehouse, table: TableName): void {
  checkTableName(table);
  if (warehouse.catalog.findLocation(table) !== undefined)
    throw new IcebergError('EXISTS', `There is a table ${describeTable(table)} already.`);
}

/** The place that was given out for this table, and no other: not that of another table, and not one outside of the warehouse. */
function stagedFolder(
  warehouse: Warehouse,
  { table, location }: { table: TableName; location: string },
): string {
  const folder = pathOf(location.replace(/\/+$/, ''));
  const plain = plainFolder(warehouse.folder, table);
  if (folder.startsWith(`${plain}-`) && /^-[0-9a-f]{8}$/.test(folder.slice(plain.length))) return folder;
  throw RestRefusal.badRequest(`${location} was not given out for ${describeTable(table)}: stage it first.`);
}

function updatesOf(body: CreateTableBody): readonly TableUpdate[] {
  const { schema, idOf } = withFreshIds(body.schema);
  const renumbered = <Field extends { 'source-id': number }>(fields: readonly Field[]) =>
    fields.map((field) => ({ ...field, 'source-id': idOf.get(field['source-id']) ?? -1 }));
  const specFields = renumbered(body['partition-spec']?.fields ?? []);
  const { 'format-version': version = '2', ...properties } = body.properties ?? {};
  return [
    { action: 'upgrade-format-version', 'format-version': Number(version) },
    { action: 'add-schema', schema },
    { action: 'set-current-schema', 'schema-id': -1 },
    { action: 'add-spec', spec: { fields: specFields.map(({ 'field-id': _id, ...field }) => field) } },
    { action: 'set-default-spec', 'spec-id': -1 },
    { action: 'add-sort-order', 'sort-order': { fields: renumbered(body['write-order']?.fields ?? []) } },
    { action: 'set-default-sort-order', 'sort-order-id': -1 },
    { action: 'set-properties', updates: { ...defaultProperties, ...properties } },
  ];
}

function firstMetadata(of: {
  location: string;
  uuid: string;
  updates: readonly TableUpdate[];
  context: UpdateContext;
}): TableMetadata {
  const { location, uuid, updates, context } = of;
  const blank: TableMetadata = {
    'format-version': 2,
    'table-uuid': uuid,
    location,
    'last-sequence-number': 0,
    'last-updated-ms': context.now,
    'last-column-id': 0,
    schemas: [],
    'current-schema-id': 0,
    'partition-specs': [],
    'default-spec-id': 0,
    'last-partition-id': firstPartitionId - 1,
    'sort-orders': [],
    'default-sort-order-id': 0,
    properties: {},
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  };
  return applyUpdates(blank, { updates, context }).metadata;
}
