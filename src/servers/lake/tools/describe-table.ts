import { z } from 'zod';
import { requireTable, tableName } from './table-name.ts';
import { describedColumns, tableShape } from './table-shape.ts';
import { defineLakeTool, reads } from './tool-definition.ts';

export const describeTable = defineLakeTool({
  name: 'describe_table',
  title: 'Describe a table',
  description:
    'Columns with types and descriptions, primary key, row count, and which files were loaded into the table with their reconciliation (rows_read = rows_loaded + rows_rejected).',
  input: z.strictObject({ table: tableName }),
  output: z.object({
    table: z.string(),
    rows: z.int(),
    description: z.string().optional(),
    contract: z.string().optional().describe('that the table keeps, as <id>@<version>'),
    ...tableShape,
    sources: z.array(
      z.object({
        file: z.string(),
        sha256: z.string(),
        vendor_name: z.string(),
        rows_read: z.int(),
        rows_loaded: z.int(),
        rows_rejected: z.int(),
      }),
    ),
  }),
  annotations: reads,
  run: async (lake, { table }) => {
    const definition = await requireTable(lake, table);
    const loads = await lake.store.listLoads(table);
    return {
      table,
      rows: await lake.store.countRows(table),
      ...(definition.description && { description: definition.description }),
      ...(definition.contract && { contract: definition.contract }),
      ...describedColumns(definition),
      sources: loads.map((load) => ({ ...load, sha256: load.sha256.slice(0, 16) })),
    };
  },
});
