import { z } from 'zod';
import { nearest } from '../../../errors/index.ts';
import { LakeFailure } from '../lake-failure.ts';
import { mostTableColumns } from '../sources/survey-source.ts';
import { auditColumnNames, ingestErrorsTable, isRawSchema } from '../storage/audit-columns.ts';
import { normalizeType } from '../storage/column-types.ts';
import { parsePartition, printPartition } from '../storage/partition-text.ts';
import type { TableDefinition } from '../storage/table-store.ts';
import { contractReference } from './document-ref.ts';
import { fitTable } from './fit-table.ts';
import { columnName, refuseSystemSchema, tableName } from './table-name.ts';
import { describedColumns, tableShape } from './table-shape.ts';
import { defineLakeTool, writesOnce } from './tool-definition.ts';

const input = z.strictObject({
  table: tableName,
  columns: z
    .array(
      z.strictObject({
        name: columnName,
        type: z
          .string()
          .max(60)
          .describe(
            'VARCHAR, BOOLEAN, SMALLINT, INTEGER, BIGINT, DOUBLE, DECIMAL(p,s), DATE, TIMESTAMP, TIME, JSON, VARCHAR[]',
          ),
        nullable: z.boolean().optional().describe('default true; false rejects records without a value'),
        description: z.string().max(1000).optional(),
      }),
    )
    .min(1)
    .max(
      mostTableColumns,
      `a table has at most ${mostTableColumns} columns: give those that are asked for; ingest leaves out the source columns that the table does not have`,
    ),
  primary_key: z
    .array(z.string())
    .max(16)
    .optional()
    .describe('unique and not null; later duplicates are rejected'),
  partitioned_by: z
    .array(z.string().max(200))
    .max(8)
    .optional()
    .describe(
      'columns, also audit columns such as _vendor_name; or day(ts), month(ts), bucket(16, sku), truncate(4, sku)',
    ),
  description: z.string().max(2000).optional(),
  contract: contractReference.optional(),
  evolve: z
    .boolean()
    .optional()
    .describe(
      'bring a table that exists to this definition where no row loses anything: new optional columns, wider types, columns that may be empty from now on',
    ),
});

export const createTable = defineLakeTool({
  name: 'create_table',
  title: 'Create a table',
  description:
    'Creates a table. In a schema that ends with _raw (product_raw) it is a bronze table: ingest fills it and adds the audit columns. In any other schema (product_core) it is a curated table: run_mapping fills it and its types, not-nulls and key are enforced. Calling it again with the same definition changes nothing.',
  input,
  output: z.object({ table: z.string(), created: z.boolean(), ...tableShape }),
  annotations: writesOnce,
  run: async ({ store }, given) => {
    refuseSystemSchema(given.table);
    if (given.table === ingestErrorsTable)
      throw new LakeFailure(`${ingestErrorsTable} is there already and is filled by ingest.`);
    const definition = toDefinition(given);
    if (given.evolve) await fitTable(store, definition);
    const outcome = await store.createTable(definition);
    return { table: given.table, created: outcome === 'created', ...describedColumns(definition) };
  },
});

function toDefinition(given: z.output<typeof input>): TableDefinition {
  const names = given.columns.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated) throw new LakeFailure(`The column "${repeated}" is given twice.`, 'name each column once.');
  const key = given.primary_key ?? [];
  const partitions = (given.partitioned_by ?? []).map((text) => parsePartition(text));
  requireKnown('primary_key', { wanted: key, known: names });
  const audit = isRawSchema(given.table) ? auditColumnNames : [];
  requireKnown('partitioned_by', {
    wanted: partitions.map(({ column }) => column),
    known: [...names, ...audit],
  });
  return {
    table: given.table,
    columns: given.columns.map(({ name, type, nullable, description }) => ({
      name,
      type: normalizeType(type),
      nullable: (nullable ?? true) && !key.includes(name),
      ...(description && { description }),
    })),
    primary_key: key,
    partitioned_by: partitions.map((partition) => printPartition(partition)),
    ...(given.description && { description: given.description }),
    ...(given.contract && { contract: given.contract }),
    declared: true,
  };
}

function requireKnown(
  what: string,
  { wanted, known }: { wanted: readonly string[]; known: readonly string[] },
): void {
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const near = nearest(unknown, known)[0];
  throw new LakeFailure(
    `${what} names "${unknown}", which is no column.`,
    near ? `did you mean "${near}"?` : `the columns are ${known.join(', ')}.`,
  );
}
