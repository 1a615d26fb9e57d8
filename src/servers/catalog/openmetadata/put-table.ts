import type { JsonObject } from '../../../domain/json.ts';
import type { OpenMetadataClient } from './client.ts';
import { dataTypeOf } from './column-types.ts';
import { namedEntity, type TableEntity, tableEntity } from './entities.ts';
import type { Places } from './places.ts';

/** A table as the lake has it, that no contract describes. */
export interface PlainTable {
  /** `schema.table` */
  readonly name: string;
  readonly description?: string | undefined;
  readonly columns: readonly {
    readonly name: string;
    /** A type of the lake. */
    readonly type: string;
    readonly nullable: boolean;
    readonly description?: string | undefined;
  }[];
  readonly primaryKey: readonly string[];
}

/** Makes the table and, where it is the first of its schema, the schema. Throws AiworkflowError CATALOG_FAILED. */
export async function putTable(
  { client, places }: { readonly client: OpenMetadataClient; readonly places: Places },
  table: PlainTable,
): Promise<TableEntity> {
  const databaseSchema = places.schemaOf(table.name);
  const name = databaseSchema.slice(databaseSchema.lastIndexOf('.') + 1);
  await client.send(
    { method: 'PUT', path: '/databaseSchemas', body: { name, database: places.database } },
    namedEntity,
  );
  const body = plainRequest(table, databaseSchema);
  return client.send({ method: 'PUT', path: '/tables', body }, tableEntity);
}

function plainRequest(
  { name, description, columns, primaryKey }: PlainTable,
  databaseSchema: string,
): JsonObject {
  return {
    name: name.slice(name.indexOf('.') + 1),
    description: description ?? '',
    tableType: 'Iceberg',
    columns: columns.map((column) => ({
      name: column.name,
      ...dataTypeOf(column.type),
      description: column.description ?? '',
      ...(!column.nullable && { constraint: 'NOT_NULL' }),
    })),
    ...(primaryKey.length > 0 && {
      tableConstraints: [{ constraintType: 'PRIMARY_KEY', columns: [...primaryKey] }],
    }),
    databaseSchema,
  };
}
