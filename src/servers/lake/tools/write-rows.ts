import { z } from 'zod';
import { LakeFailure } from '../lake-failure.ts';
import { isRawSchema } from '../storage/audit-columns.ts';
import { rowsSql } from '../storage/rows-sql.ts';
import { contractReference } from './document-ref.ts';
import { refuseSystemSchema, tableName } from './table-name.ts';
import { defineLakeTool, writesOnce } from './tool-definition.ts';

const cell = z.union([
  z.null(),
  z.string().max(10_000),
  z.number(),
  z.boolean(),
  z.array(z.union([z.string().max(1000), z.number()])).max(10_000),
]);
const columnName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, 'letters, digits and _, starting with a letter');

export const writeRows = defineLakeTool({
  name: 'write_rows',
  title: 'Write a small table of reference',
  description:
    'Stores the given rows as a curated table: rates, units, codes that mappings join. All former rows go; the same rows again change nothing. Types come from the values. Files of vendors are loaded by ingest, results of SQL stored by run_mapping.',
  input: z.strictObject({
    table: tableName,
    rows: z.array(z.record(columnName, cell)).min(1).max(10_000),
    description: z.string().max(2000).optional(),
    contract: contractReference.optional(),
  }),
  output: z.object({
    table: z.string(),
    rows: z.int(),
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
  }),
  annotations: writesOnce,
  run: async ({ store }, { table, rows, description, contract }, { origin }) => {
    refuseSystemSchema(table);
    if (isRawSchema(table)) {
      throw new LakeFailure(
        `${table} is a bronze table: only ingest writes it.`,
        'write into another schema, e.g. policy.',
      );
    }
    const report = await store.writeMapping({
      target: table,
      select: { sql: rowsSql(rows), tables: [] },
      mode: 'overwrite',
      tool: 'write_rows',
      onlyWhenNew: true,
      description,
      contract,
      origin,
    });
    return { table, rows: report.row_count, columns: [...report.columns] };
  },
});
