import { z } from 'zod';
import { firstRowsSql } from '../sql/first-rows.ts';
import { fitRows } from './fit-rows.ts';
import { defineLakeTool, reads } from './tool-definition.ts';

export const previewSql = defineLakeTool({
  name: 'preview_sql',
  title: 'Run a SELECT',
  description:
    'Runs one SELECT (DuckDB SQL) over tables of the lake and shows its first rows, its columns with types and its full row count. Changes nothing. Tables are written as schema.table. Without ORDER BY the rows are sorted by all columns. Use it to try a mapping before run_mapping, and to look into product_raw.ingest_errors.',
  input: z.strictObject({
    sql: z.string().min(1),
    limit: z.int().min(1).max(1000).optional().describe('rows to show, default 20'),
  }),
  output: z.object({
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
    rows: z.array(z.record(z.string(), z.unknown())),
    row_count: z.int().describe('rows of the whole result'),
    truncated: z.boolean().describe('there are more rows than are shown'),
  }),
  annotations: reads,
  run: async ({ store, limits }, { sql, limit = 20 }) => {
    const select = await store.check(sql);
    const shown = Math.min(limit, limits.maxRows);
    const { found, row_count } = await store.reading(select.tables, async (query) => {
      const counted = await query(`SELECT count(*) AS n FROM (${select.sql}\n)`);
      return {
        row_count: Number(counted.rows[0]?.['n'] ?? 0),
        found: await query(firstRowsSql(select, shown)),
      };
    });
    const { columns, rows } = fitRows(found, limits.maxAnswerBytes);
    return { columns, rows, row_count, truncated: rows.length < row_count };
  },
});
