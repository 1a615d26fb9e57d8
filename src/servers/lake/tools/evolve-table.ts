import { z } from 'zod';
import { LakeFailure } from '../lake-failure.ts';
import { parsePartition, printPartition } from '../storage/partition-text.ts';
import { contractReference } from './document-ref.ts';
import { columnName, requireTable, tableName } from './table-name.ts';
import { describedColumns, tableShape } from './table-shape.ts';
import { defineLakeTool, writes } from './tool-definition.ts';

const existing = z.string().min(1).max(200).describe('a column of the table');
const after = z
  .union([z.string(), z.null()])
  .describe('the column that it comes after; null: it comes first');

const columnChange = z.discriminatedUnion('change', [
  z.strictObject({
    change: z.literal('add'),
    column: columnName,
    type: z.string().max(60).describe('as in create_table'),
    description: z.string().max(1000).optional(),
    after: after.optional(),
  }),
  z.strictObject({ change: z.literal('rename'), column: existing, to: columnName }),
  z.strictObject({ change: z.literal('drop'), column: existing }),
  z.strictObject({ change: z.literal('move'), column: existing, after }),
  z.strictObject({ change: z.literal('widen'), column: existing, type: z.string().max(60) }),
  z.strictObject({ change: z.literal('make_optional'), column: existing }),
  z.strictObject({ change: z.literal('describe'), column: existing, description: z.string().max(1000) }),
]);

export const evolveTable = defineLakeTool({
  name: 'evolve_table',
  title: 'Change the columns of a table',
  description:
    'Changes a table without rewriting its rows: add (old rows are null in it), rename, drop, move, widen (SMALLINT to INTEGER to BIGINT, more digits of a DECIMAL), make_optional, describe; and how new rows are partitioned. All changes of columns happen together or not at all. What would lose values is refused.',
  input: z.strictObject({
    table: tableName,
    changes: z.array(columnChange).max(200).optional(),
    partitioned_by: z
      .array(z.string().max(200))
      .max(8)
      .optional()
      .describe('for new rows, as in create_table; [] for none'),
    description: z.string().max(2000).optional(),
    contract: contractReference.optional(),
  }),
  output: z.object({ table: z.string(), ...tableShape }),
  annotations: writes,
  run: async (lake, { table, changes = [], partitioned_by, description, contract }) => {
    await requireTable(lake, table);
    const isEmpty = [partitioned_by, description, contract].every((given) => given === undefined);
    if (changes.length === 0 && isEmpty) {
      throw new LakeFailure(
        'Nothing to change was given.',
        'give changes, partitioned_by, description or contract.',
      );
    }
    const definition = await lake.store.evolve({
      table,
      changes,
      partitionedBy: partitioned_by?.map((text) => printPartition(parsePartition(text))),
      description,
      contract,
    });
    return { table, ...describedColumns(definition) };
  },
});
