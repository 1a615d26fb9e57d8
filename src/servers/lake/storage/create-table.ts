import {
  changeProperties,
  createTable as createIcebergTable,
  IcebergError,
  loadTable,
  tableName,
  type Warehouse,
} from '../iceberg/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { describeDifference } from './definition-difference.ts';
import { definitionOf, requestOf, tableProperties } from './table-definition.ts';
import type { TableDefinition } from './table-store.ts';

export async function createTable(
  warehouse: Warehouse,
  definition: TableDefinition,
): Promise<'created' | 'exists'> {
  try {
    await createIcebergTable(warehouse, requestOf(definition));
    return 'created';
  } catch (error) {
    if (!IcebergError.is(error, 'EXISTS')) throw error;
  }
  await requireSame(warehouse, definition);
  return 'exists';
}

async function requireSame(warehouse: Warehouse, definition: TableDefinition): Promise<void> {
  const table = tableName(definition.table);
  const existing = definitionOf(await loadTable(warehouse, table));
  const differences = describeDifference(existing, definition);
  if (differences.length > 0) {
    throw new LakeFailure(
      `The table ${definition.table} exists with another definition: ${differences.join('; ')}.`,
      'use the table as describe_table shows it, change it with evolve_table, or create one with another name.',
    );
  }
  const { contract } = definition;
  if (contract === undefined || contract === existing.contract) return;
  await changeProperties(warehouse, { table, properties: { [tableProperties.contract]: contract } });
}
