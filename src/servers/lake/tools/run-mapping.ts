import { z } from 'zod';
import { computeAsk } from '../compute/compute-size.ts';
import { LakeFailure } from '../lake-failure.ts';
import { isRawSchema } from '../storage/audit-columns.ts';
import { computeAnswer, grantedCompute } from './compute-answer.ts';
import { contractReference, mappingReference } from './document-ref.ts';
import { auditResult, rulesToKeep, shownAudit } from './quality-answer.ts';
import { refuseSystemSchema, tableName } from './table-name.ts';
import { defineLakeTool, writesOnce } from './tool-definition.ts';

const modes = ['overwrite', 'append', 'overwrite_partitions'] as const;

export const runMapping = defineLakeTool({
  name: 'run_mapping',
  title: 'Write a SELECT into a curated table',
  description:
    'Stores the result of one SELECT in a curated table (any schema that does not end with _raw). mode overwrite (default) replaces all rows and may be repeated; append adds rows and needs a declared primary key; overwrite_partitions replaces, at once, the partitions that the rows of the SELECT are in, leaves the others, needs a table with partitioned_by and may be repeated. If the table was made by create_table, the columns are matched by name and cast, and null, type and key violations fail the call with counts and sample keys: nothing is written then, mend the SQL. If it does not exist, it is made with the columns of the SELECT.',
  input: z.strictObject({
    target: tableName,
    sql: z.string().min(1).describe('one SELECT; columns named as in the target'),
    mode: z.enum(modes).optional(),
    description: z.string().max(2000).optional(),
    contract: contractReference.optional(),
    mapping: mappingReference.optional(),
    rules: rulesToKeep.optional(),
    compute: computeAsk.optional(),
  }),
  output: z.object({
    target: z.string(),
    mode: z.enum(modes),
    rows_written: z.int(),
    partitions: z
      .array(z.string())
      .optional()
      .describe('with overwrite_partitions: those that were replaced, as day(ts)=2026-01-31; at most 100'),
    partition_count: z.int().optional().describe('with overwrite_partitions: how many were replaced'),
    rows_replaced: z.int().optional().describe('with overwrite_partitions: rows that were in them before'),
    rows_quarantined: z
      .int()
      .optional()
      .describe('with rules: rows that were set aside; written and they are the rows of the SELECT'),
    quality: z.array(auditResult).optional().describe('with rules: what each has found'),
    compute: computeAnswer.optional(),
    row_count: z.int().describe('rows of the table afterwards'),
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
  }),
  // `append` holds it as well: it needs a primary key, and the same rows again break that key.
  annotations: writesOnce,
  run: async (lake, { target, sql, mode = 'overwrite', rules, compute, ...about }, { origin }) => {
    refuseSystemSchema(target);
    if (isRawSchema(target)) {
      throw new LakeFailure(
        `${target} is a bronze table: only ingest writes it.`,
        'map into another schema, e.g. product_core.',
      );
    }
    const { store } = lake;
    const sized = grantedCompute(lake, compute);
    const select = await store.check(sql);
    const {
      quality = [],
      rows_quarantined,
      columns,
      partitions,
      ...report
    } = await store.writeMapping({
      target,
      select,
      mode,
      ...about,
      rules,
      compute: sized?.granted,
      origin,
    });
    return {
      target,
      mode,
      ...report,
      columns: [...columns],
      ...(partitions && { partitions: [...partitions] }),
      ...(rules && { rows_quarantined, quality: quality.map(shownAudit) }),
      ...(sized && { compute: sized.answer }),
    };
  },
});
