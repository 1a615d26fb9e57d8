import type { TableName } from '../catalog/table-name.ts';
import { IcebergError } from '../iceberg-error.ts';
import {
  ancestorsOf,
  currentSchema,
  currentSnapshot,
  schemaOf,
  snapshotOf,
} from '../metadata/read-metadata.ts';
import type { Snapshot, SnapshotId, TableMetadata } from '../metadata/table-metadata.ts';
import { bindSpec, type DraftPartition, specOfDraft } from '../partition/spec.ts';
import { evolveSchema, type SchemaChange } from '../schema/evolve-schema.ts';
import type { Schema } from '../schema/types.ts';
import type { Warehouse } from '../warehouse.ts';
import { commitTable, nextTimestamp } from './commit-table.ts';
import type { TableState } from './table-state.ts';

export interface ChangeTableRequest {
  readonly table: TableName;
  readonly changes?: readonly SchemaChange[];
  /** Said of the table with its new columns; `null` removes one. */
  readonly properties?: (changed: TableMetadata) => Readonly<Record<string, string | null>>;
  readonly partitionedBy?: readonly DraftPartition[] | undefined;
}

/**
 * Changes columns, then properties, then how new files are partitioned: in one commit, all or nothing. No file is touched: what
 * is there is read by the ids of its columns, and old files keep their own partitioning.
 */
export async function changeTable(
  warehouse: Warehouse,
  { table, changes = [], properties, partitionedBy }: ChangeTableRequest,
): Promise<TableState> {
  return commitTable(warehouse, table, ({ metadata }) => {
    const shaped = changes.length === 0 ? metadata : withChanges(metadata, changes);
    const told = properties ? withProperties(shaped, properties(shaped)) : shaped;
    return partitionedBy ? withPartitioning(told, partitionedBy) : told;
  });
}

/** Changes columns alone. */
export async function changeSchema(
  warehouse: Warehouse,
  { table, changes }: { table: TableName; changes: readonly SchemaChange[] },
): Promise<TableState> {
  return commitTable(warehouse, table, ({ metadata }) => withChanges(metadata, changes));
}

export function withChanges(metadata: TableMetadata, changes: readonly SchemaChange[]): TableMetadata {
  const pinnedIds = new Set(
    metadata['partition-specs'].flatMap((spec) => spec.fields.map((field) => field['source-id'])),
  );
  const from = { schema: currentSchema(metadata), lastColumnId: metadata['last-column-id'], pinnedIds };
  const { schema, lastColumnId } = evolveSchema(from, changes);
  for (const spec of metadata['partition-specs']) bindSpec(spec, schema);
  return withSchema(metadata, { schema, lastColumnId });
}

/** Changes how new files are partitioned. Old ones keep their own way and are read by it. */
export async function changePartitioning(
  warehouse: Warehouse,
  { table, partitionedBy }: { table: TableName; partitionedBy: readonly DraftPartition[] },
): Promise<TableState> {
  return changeTable(warehouse, { table, partitionedBy });
}

function withPartitioning(metadata: TableMetadata, partitionedBy: readonly DraftPartition[]): TableMetadata {
  const history = { specs: metadata['partition-specs'], lastPartitionId: metadata['last-partition-id'] };
  const { spec, lastPartitionId } = specOfDraft(partitionedBy, { schema: currentSchema(metadata), history });
  const isKnown = history.specs.includes(spec);
  return {
    ...metadata,
    'partition-specs': isKnown ? history.specs : [...history.specs, spec],
    'default-spec-id': spec['spec-id'],
    'last-partition-id': lastPartitionId,
  };
}

/** @param properties `null` removes one */
export async function changeProperties(
  warehouse: Warehouse,
  { table, properties }: { table: TableName; properties: Readonly<Record<string, string | null>> },
): Promise<TableState> {
  return changeTable(warehouse, { table, properties: () => properties });
}

function withProperties(
  metadata: TableMetadata,
  properties: Readonly<Record<string, string | null>>,
): TableMetadata {
  const merged = Object.entries({ ...metadata.properties, ...properties });
  const kept = merged.filter((entry): entry is [string, string] => entry[1] !== null);
  return { ...metadata, properties: Object.fromEntries(kept) };
}

export interface RollbackRequest {
  readonly table: TableName;
  readonly snapshotId: SnapshotId;
  /** The snapshot that is expected to be current. */
  readonly from?: SnapshotId | undefined;
  /** Also one that the present was not built on: to take a rollback back. */
  readonly anyKnown?: boolean;
  /** The columns become those of the snapshot again: of one that was replaced since, only nulls would be seen. */
  readonly withColumns?: (metadata: TableMetadata) => boolean;
}

/**
 * Makes an earlier snapshot the current one again. Its rows are all that is seen; later snapshots stay until they expire.
 * @throws IcebergError NOT_FOUND when the table has no such snapshot, INVALID when the present was not built on it, CONFLICT when
 * the present is not `from`.
 */
export async function rollbackTo(
  warehouse: Warehouse,
  { table, snapshotId, from, anyKnown = false, withColumns = () => false }: RollbackRequest,
): Promise<TableState> {
  return commitTable(warehouse, table, ({ metadata }) => {
    const snapshot = snapshotOf(metadata, snapshotId);
    const present = currentSnapshot(metadata)?.['snapshot-id'];
    if (from !== undefined && present !== from) {
      throw new IcebergError('CONFLICT', `The table stands on snapshot ${present}, not on ${from}.`, {
        hint: 'look at its history again.',
      });
    }
    if (!anyKnown && !ancestorsOf(metadata, present).includes(snapshot)) {
      throw new IcebergError('INVALID', `The table was not built on snapshot ${snapshotId}.`, {
        hint: 'roll back to one of its own past; the history lists it.',
      });
    }
    const shaped = withColumns(metadata) ? withColumnsOf(metadata, snapshot) : metadata;
    return withCurrent(shaped, { snapshotId, timestamp: nextTimestamp(metadata, warehouse.now()) });
  });
}

function withColumnsOf(metadata: TableMetadata, snapshot: Snapshot): TableMetadata {
  const schemaId = snapshot['schema-id'];
  if (schemaId === undefined) return metadata;
  for (const spec of metadata['partition-specs']) bindSpec(spec, schemaOf(metadata, schemaId));
  return { ...metadata, 'current-schema-id': schemaId };
}

function withCurrent(
  metadata: TableMetadata,
  { snapshotId, timestamp }: { snapshotId: SnapshotId; timestamp: number },
): TableMetadata {
  const main = { ...metadata.refs['main'], type: 'branch', 'snapshot-id': snapshotId } as const;
  return {
    ...metadata,
    'last-updated-ms': timestamp,
    'current-snapshot-id': snapshotId,
    refs: { ...metadata.refs, main },
    'snapshot-log': [...metadata['snapshot-log'], { 'timestamp-ms': timestamp, 'snapshot-id': snapshotId }],
  };
}

/** A schema that was there before is used again; equal schemas under two numbers would say that something changed. */
function withSchema(
  metadata: TableMetadata,
  { schema, lastColumnId }: { schema: Schema; lastColumnId: number },
): TableMetadata {
  const same = metadata.schemas.find((known) => contentOf(known) === contentOf(schema));
  const newId = Math.max(...metadata.schemas.map((known) => known['schema-id'])) + 1;
  const added = { ...schema, 'schema-id': newId };
  return {
    ...metadata,
    'last-column-id': Math.max(lastColumnId, metadata['last-column-id']),
    schemas: same ? metadata.schemas : [...metadata.schemas, added],
    'current-schema-id': same?.['schema-id'] ?? newId,
  };
}

function contentOf(schema: Schema): string {
  return JSON.stringify([schema.fields, schema['identifier-field-ids'] ?? []]);
}
