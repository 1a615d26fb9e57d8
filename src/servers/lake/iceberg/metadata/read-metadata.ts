import { isJsonObject, type Json } from '../../../../domain/json.ts';
import { IcebergError } from '../iceberg-error.ts';
import type { Schema } from '../schema/types.ts';
import { parseMetadataJson } from './metadata-json.ts';
import type { Snapshot, SnapshotId, TableMetadata } from './table-metadata.ts';

/**
 * A metadata file, in the shape of version 2 whatever its version is.
 * @throws IcebergError DAMAGED when it is no metadata, UNSUPPORTED for a version that is newer than 2.
 */
export function readMetadata(text: string, name: string): TableMetadata {
  const raw = parsed(text, name);
  const version = raw['format-version'];
  if (version !== 1 && version !== 2) {
    throw new IcebergError(
      'UNSUPPORTED',
      `${name} is of version ${JSON.stringify(version)} of the table format.`,
      {
        hint: 'read here are 1 and 2, written is 2; use an engine that knows it, or write the table anew as version 2.',
      },
    );
  }
  const metadata = { ...defaults(raw), ...raw } as unknown as TableMetadata;
  checkShape(metadata, name);
  const { 'current-snapshot-id': current, ...rest } = metadata;
  const hasSnapshot = current !== undefined && current !== null && current !== '-1';
  return hasSnapshot ? metadata : rest;
}

export function currentSchema(metadata: TableMetadata): Schema {
  return schemaOf(metadata, metadata['current-schema-id']);
}

export function schemaOf(metadata: TableMetadata, schemaId: number): Schema {
  const schema = metadata.schemas.find((candidate) => candidate['schema-id'] === schemaId);
  if (!schema) throw new IcebergError('DAMAGED', `The table has no schema ${schemaId}.`);
  return schema;
}

export function currentSnapshot(metadata: TableMetadata): Snapshot | undefined {
  const id = metadata['current-snapshot-id'];
  return id === undefined ? undefined : snapshotOf(metadata, id);
}

/** @throws IcebergError NOT_FOUND when the snapshot is unknown or expired. */
export function snapshotOf(metadata: TableMetadata, id: SnapshotId): Snapshot {
  const snapshot = metadata.snapshots.find((candidate) => candidate['snapshot-id'] === id);
  if (snapshot) return snapshot;
  throw new IcebergError('NOT_FOUND', `The table has no snapshot ${id}.`, {
    hint: "it may have expired; the table's history lists those that are there.",
  });
}

/** The snapshot and those that it was built on, newest first. */
export function ancestorsOf(metadata: TableMetadata, id: SnapshotId | undefined): readonly Snapshot[] {
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  const ancestors: Snapshot[] = [];
  let next = id === undefined ? undefined : byId.get(id);
  while (next && ancestors.length < byId.size) {
    ancestors.push(next);
    next = byId.get(next['parent-snapshot-id'] ?? '');
  }
  return ancestors;
}

/**
 * The newest snapshot whose summary has this value under this key: among those that the table stands on, or among all that it
 * still knows, those behind a rollback too. Undefined also when it has expired.
 */
export function findSnapshot(
  metadata: TableMetadata,
  { key, value, among = 'history' }: { key: string; value: string; among?: 'history' | 'all' },
): Snapshot | undefined {
  const candidates =
    among === 'history'
      ? ancestorsOf(metadata, metadata['current-snapshot-id'])
      : metadata.snapshots.toReversed();
  return candidates.find((snapshot) => snapshot.summary[key] === value);
}

function parsed(text: string, name: string): { readonly [key: string]: Json | undefined } {
  let value: unknown;
  try {
    value = parseMetadataJson(text);
  } catch (cause) {
    throw new IcebergError('DAMAGED', `${name} is not JSON.`, { cause });
  }
  if (isJsonObject(value)) return value;
  throw new IcebergError('DAMAGED', `${name} is no metadata of a table.`);
}

/** What version 1 has in other places, and what may be left out. */
function defaults(raw: { readonly [key: string]: Json | undefined }): Record<string, unknown> {
  const schema = isJsonObject(raw['schema']) ? [{ 'schema-id': 0, ...raw['schema'] }] : [];
  const fields = Array.isArray(raw['partition-spec'])
    ? [{ 'spec-id': 0, fields: withIds(raw['partition-spec']) }]
    : [];
  return {
    'last-sequence-number': 0,
    schemas: schema,
    'current-schema-id': 0,
    'partition-specs': fields,
    'default-spec-id': 0,
    'last-partition-id': 999 + fields.reduce((most, spec) => Math.max(most, spec.fields.length), 0),
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    'default-sort-order-id': 0,
    properties: {},
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
  };
}

/** Fields of version 1 may have no ids: they are counted. */
function withIds(fields: readonly Json[]): readonly Json[] {
  return fields.map((field, index) => (isJsonObject(field) ? { 'field-id': 1000 + index, ...field } : field));
}

function checkShape(metadata: TableMetadata, name: string): void {
  const isWhole =
    typeof metadata.location === 'string' &&
    typeof metadata['table-uuid'] === 'string' &&
    metadata.schemas.some((schema) => schema['schema-id'] === metadata['current-schema-id']) &&
    metadata['partition-specs'].some((spec) => spec['spec-id'] === metadata['default-spec-id']);
  if (!isWhole)
    throw new IcebergError('DAMAGED', `${name} lacks what every table has: location, schema or spec.`);
}
