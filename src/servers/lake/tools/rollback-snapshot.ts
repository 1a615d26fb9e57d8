import { z } from 'zod';
import { requireTable, tableName } from './table-name.ts';
import { defineLakeTool, writesOnce } from './tool-definition.ts';

export const rollbackSnapshot = defineLakeTool({
  name: 'rollback_snapshot',
  title: 'Ask for a rollback',
  description:
    'Asks a person to put a table back to an earlier snapshot of table_history, and shows what that would undo. It changes nothing itself: only a person approves it. The same wish is recorded once.',
  input: z.strictObject({
    table: tableName,
    snapshot: z
      .string()
      .regex(/^\d{1,19}$/)
      .describe('id as table_history shows it'),
    reason: z.string().min(1).max(2000).describe('for the person who decides'),
  }),
  output: z.object({
    request: z.int(),
    status: z.enum(['open', 'approved', 'rejected']),
    table: z.string(),
    rows_before: z.int().nullable(),
    rows_after: z.int().nullable(),
    undone_changes: z.int(),
    files_to_load_again: z.array(z.string()),
    next: z.string(),
  }),
  annotations: writesOnce,
  run: async (lake, { table, snapshot, reason }, { origin }) => {
    await requireTable(lake, table);
    const { id, status, details } = await lake.store.askForRollback({ table, snapshot, reason, origin });
    return {
      request: id,
      status,
      table,
      rows_before: details.rows_before,
      rows_after: details.rows_after,
      undone_changes: details.undone.length,
      files_to_load_again: details.files,
      next: `a person decides: aiworkflow lake approve ${id}, or aiworkflow lake reject ${id}`,
    };
  },
});
