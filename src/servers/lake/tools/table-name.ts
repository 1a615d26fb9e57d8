import { z } from 'zod';
import { nearest } from '../../../errors/index.ts';
import type { Lake } from '../lake.ts';
import { LakeFailure } from '../lake-failure.ts';
import type { TableDefinition } from '../storage/table-store.ts';

export const tableName = z
  .string()
  .regex(
    /^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$/,
    'must be schema.table in lower case, e.g. product_raw.nordwind',
  )
  .describe('schema.table, lower case');

/** A column that the lake makes. */
export const columnName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, 'must be lower case letters, digits and _, starting with a letter');

const systemSchemas = new Set([
  'main',
  'memory',
  'temp',
  'system',
  'information_schema',
  'pg_catalog',
  'pg_temp',
]);

export function refuseSystemSchema(table: string): void {
  const schema = table.split('.')[0] ?? '';
  if (!systemSchemas.has(schema)) return;
  throw new LakeFailure(
    `The schema "${schema}" belongs to the database.`,
    'take a schema of your own, e.g. product_core.',
  );
}

/** @throws LakeFailure with the nearest names when there is no such table. */
export async function requireTable(lake: Lake, table: string): Promise<TableDefinition> {
  const definition = await lake.store.findTable(table);
  if (definition) return definition;
  const names = (await lake.store.listTables()).map((known) => known.table);
  const near = nearest(table, names)[0];
  throw new LakeFailure(
    `There is no table ${table}.`,
    near
      ? `did you mean ${near}? Otherwise make it with create_table.`
      : 'make it with create_table; list_tables shows the tables.',
  );
}
