import { z } from 'zod';
import { requireTable, tableName } from './table-name.ts';
import { defineLakeTool, writesOnce } from './tool-definition.ts';

export const compactTable = defineLakeTool({
  name: 'compact_table',
  title: 'Put small files of a table together',
  description:
    'Writes the small files of a table, and those of an older partitioning, anew as larger ones. Its rows are the same before and after; earlier snapshots can still be read. Use it after many small loads.',
  input: z.strictObject({ table: tableName }),
  output: z.object({ table: z.string(), files_before: z.int(), files_after: z.int() }),
  annotations: writesOnce,
  run: async (lake, { table }, { origin }) => {
    await requireTable(lake, table);
    const { filesBefore, filesAfter } = await lake.store.compact(table, origin);
    return { table, files_before: filesBefore, files_after: filesAfter };
  },
});
