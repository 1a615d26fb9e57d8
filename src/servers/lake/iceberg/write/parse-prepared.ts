import { z } from 'zod';
import { IcebergError } from '../iceberg-error.ts';
import type { PreparedRows } from './prepared-rows.ts';

/**
 * Prepared rows as they come back from where they were kept.
 * @param json a value, or its text
 * @throws IcebergError DAMAGED when it is not what `prepareRows` gave.
 */
export function parsePrepared(json: unknown): PreparedRows {
  try {
    return preparedRows.parse(typeof json === 'string' ? JSON.parse(json) : json);
  } catch (cause) {
    throw new IcebergError('DAMAGED', 'The list of files that were prepared for a table cannot be read.', {
      cause,
    });
  }
}

const count = z.int().min(0);
const hex = z.string().regex(/^([\da-f]{2})*$/);
const value = z.union([
  z.null(),
  z.boolean(),
  z.tuple([z.enum(['number', 'whole', 'text', 'hex']), z.string()]),
]);

const preparedRows: z.ZodType<PreparedRows> = z.strictObject({
  tableUuid: z.string(),
  rowCount: count,
  files: z.array(
    z.strictObject({
      location: z.string(),
      rowCount: count,
      sizeBytes: count,
      specId: z.int(),
      partition: z.array(value),
      sortOrderId: z.int().nullable(),
      columns: z.array(
        z.strictObject({
          id: z.int(),
          sizeBytes: count.optional(),
          values: count.optional(),
          nulls: count.optional(),
          nans: count.optional(),
          lower: hex.optional(),
          upper: hex.optional(),
        }),
      ),
    }),
  ),
});
