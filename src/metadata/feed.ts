import { z } from 'zod';
import { customValue } from './custom-property.ts';
import type { Contract } from './lake/contract-shape.ts';
import { readOptionsSchema } from './read-options.ts';

/** The name of the contract's custom property that makes it the contract of a feed. */
export const feedProperty = 'feed';

/** A feed's id is a table's name as well (`product_stage.<feed>`), and a file's on every machine. */
export const feedIdSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,59}$/, 'at most 60 lower-case letters, digits and _, a letter first');

/** Where the files of a feed are, whose they are, and how they are read. */
export const feedSchema = z.strictObject({
  pattern: z.string().min(1).max(300).describe('glob of file names, relative to the folders of the lake'),
  vendor_name: z.string().min(1).max(200),
  table: z
    .string()
    .regex(
      /^[a-z][a-z0-9_]*_raw\.[a-z][a-z0-9_]*$/,
      'a table that ingest fills: <name>_raw.<table>, lower case',
    )
    .optional()
    .describe('the bronze table; it is the physicalName of the one table of the contract'),
  options: readOptionsSchema.optional(),
  ignored: z
    .array(z.string().min(1).max(1000))
    .max(1000)
    .optional()
    .describe(
      'columns or paths of the files that are left out on purpose; any other that is new counts as drift',
    ),
  partitioned_by: z
    .array(z.string())
    .max(8)
    .optional()
    .describe('as lake.create_table takes it, audit columns too: [_ingestion_date, _vendor_name]'),
});
export type Feed = z.infer<typeof feedSchema>;

/** What the contract says of a feed; undefined for the contract of a table that no file fills. */
export function feedOf(contract: Contract): Feed | undefined {
  const value = customValue(contract, feedProperty);
  return value === undefined ? undefined : feedSchema.parse(value);
}
