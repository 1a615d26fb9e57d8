import { z } from 'zod';
import { requireTable, tableName } from './table-name.ts';
import { defineLakeTool, reads } from './tool-definition.ts';

export const tableHistory = defineLakeTool({
  name: 'table_history',
  title: 'History of a table',
  description:
    'Lists the snapshots of a table, newest first: when, which operation, how many rows came and went, and which run, call, tool, file, contract and mapping made it. A snapshot can be read with FROM schema.table AT (VERSION => id). Ids and times differ from lake to lake.',
  input: z.strictObject({
    table: tableName,
    limit: z.int().min(1).max(500).optional().describe('default 20'),
  }),
  output: z.object({
    table: z.string(),
    snapshots: z.array(
      z.object({
        snapshot: z.string(),
        time: z.string().describe('UTC'),
        operation: z.string().describe('append, overwrite, delete, or replace (same rows, other files)'),
        added_rows: z.int(),
        removed_rows: z.int(),
        total_rows: z.int().optional(),
        in_table: z.boolean().describe('false when the table was rolled back behind it'),
        run: z.string().optional(),
        call: z.string().optional(),
        tool: z.string().optional(),
        file: z.string().optional(),
        contract: z.string().optional(),
        mapping: z.string().optional(),
      }),
    ),
    truncated: z.boolean().describe('there are older ones'),
  }),
  annotations: reads,
  run: async (lake, { table, limit = 20 }) => {
    await requireTable(lake, table);
    const { entries, total } = await lake.store.history(table, limit);
    return { table, snapshots: [...entries], truncated: total > entries.length };
  },
});
