import { IcebergError } from '../iceberg-error.ts';
import { currentSchema } from '../metadata/read-metadata.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import type { SchemaChange } from '../schema/evolve-schema.ts';
import type { Schema } from '../schema/types.ts';
import type { Warehouse } from '../warehouse.ts';
import { targetOf, writeDataFiles } from '../write/write-data-files.ts';
import type { WriteRequest } from './append.ts';
import { checkNothingChanged } from './based-on.ts';
import { withChanges } from './evolve-table.ts';
import { loadTable } from './table-state.ts';
import { type WrittenSnapshot, writeSnapshot } from './write-snapshot.ts';

export interface OverwriteReshapedRequest extends WriteRequest {
  readonly changes: readonly SchemaChange[];
  /** Properties that go with the new columns. */
  readonly properties?: (schema: Schema) => Readonly<Record<string, string>>;
}

/**
 * All rows of the table become those of the SELECT, and its columns change with them, in one commit: nobody sees the old rows
 * under the new columns.
 * @throws IcebergError CONFLICT when others changed rows or columns since; NOT_FOUND, INVALID.
 */
export async function overwriteReshaped(
  warehouse: Warehouse,
  request: OverwriteReshapedRequest,
): Promise<WrittenSnapshot> {
  const { metadata } = await loadTable(warehouse, request.table);
  const basedOn = request.basedOn === undefined ? (metadata['current-snapshot-id'] ?? null) : request.basedOn;
  const shaped = reshape(metadata, request);
  const added = await writeDataFiles(warehouse.engine, { target: targetOf(shaped), select: request.select });
  const { summary = {}, once } = request;
  request.beforeCommit?.();
  return writeSnapshot(warehouse, request.table, {
    operation: 'overwrite',
    added,
    ownsAdded: true,
    isRemoved: () => true,
    reshape: (base) => {
      // The files were written with the ids that the new columns would get.
      if (shapeOf(base) !== shapeOf(metadata)) throw reshapedByOthers();
      return reshape(base, request);
    },
    check: (base) => checkNothingChanged(base.metadata, basedOn),
    summary,
    once,
  });
}

function reshape(
  metadata: TableMetadata,
  { changes, properties }: Pick<OverwriteReshapedRequest, 'changes' | 'properties'>,
): TableMetadata {
  const changed = changes.length === 0 ? metadata : withChanges(metadata, changes);
  return {
    ...changed,
    properties: { ...changed.properties, ...properties?.(currentSchema(changed)) },
  };
}

function shapeOf(metadata: TableMetadata): string {
  const { 'last-column-id': lastColumn, 'default-spec-id': spec } = metadata;
  return JSON.stringify([currentSchema(metadata), lastColumn, spec]);
}

function reshapedByOthers(): IcebergError {
  return new IcebergError('CONFLICT', 'The columns of the table were changed by another writer.', {
    hint: 'make the rows again for what is there now.',
  });
}
