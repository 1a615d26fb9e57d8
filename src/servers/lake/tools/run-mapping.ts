import { z } from 'zod';
import { LakeFailure } from '../lake-failure.ts';
import { isRawSchema } from '../storage/audit-columns.ts';
import { contractReference, mappingReference } from './document-ref.ts';
import { refuseSystemSchema, tableName } from './table-name.ts';
import { defineLakeTool, writesOnce } from './tool-definition.ts';

export const runMapping = defineLakeTool({
  name: 'run_mapping',
  title: 'Write a SELECT into a curated table',
  description:
    'Stores the result of one SELECT in a curated table (any schema that does not end with _raw). mode overwrite (default) replaces all rows and may be repeated; append adds rows and needs a declared primary key. If the table was made by create_table, the columns are matched by name and cast, and null, type and key violations fail the call with counts and sample keys: nothing is written then, mend the SQL. If it does not exist, it is made with the columns of the SELECT.',
  input: z.strictObject({
    target: tableName,
    sql: z.string().min(1).describe('one SELECT; columns named as in the target'),
    mode: z.enum(['overwrite', 'append']).optional(),
    description: z.string().max(2000).optional(),
    contract: contractReference.optional(),
    mapping: mappingReference.optional(),
  }),
  output: z.object({
    target: z.string(),
    mode: z.enum(['overwrite', 'append']),
    rows_written: z.int(),
    row_count: z.int().describe('rows of the table afterwards'),
    columns: z.array(z.object({ name: z.string(), type: z.string() })),
  }),
  // `append` holds it as well: it needs a primary key, and the same rows again break that key.
  annotations: writesOnce,
  run: async ({ store }, { target, sql, mode = 'overwrite', description, contract, mapping }, { origin }) => {
    refuseSystemSchema(target);
    if (isRawSchema(target)) {
      throw new LakeFailure(
        `${target} is a bronze table: only ingest writes it.`,
        'map into another schema, e.g. product_core.',
      );
    }
    const select = await store.check(sql);
    const report = await store.writeMapping({ target, select, mode, description, contract, mapping, origin });
    return { target, mode, ...report, columns: [...report.columns] };
  },
});
