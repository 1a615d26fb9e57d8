import { z } from 'zod';
import { defineLakeTool, reads } from './tool-definition.ts';

export const listTables = defineLakeTool({
  name: 'list_tables',
  title: 'List tables',
  description: 'Lists the tables of the lake with their row counts and column names, sorted by name.',
  input: z.strictObject({}),
  output: z.object({
    tables: z.array(
      z.object({
        table: z.string(),
        rows: z.int(),
        columns: z.array(z.string()),
        description: z.string().optional(),
      }),
    ),
  }),
  annotations: reads,
  run: async ({ store }) => {
    const tables = [];
    for (const { table, columns, description } of await store.listTables()) {
      const rows = await store.countRows(table);
      tables.push({
        table,
        rows,
        columns: columns.map(({ name }) => name),
        ...(description && { description }),
      });
    }
    return { tables };
  },
});
