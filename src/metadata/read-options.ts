import { z } from 'zod';
import { fileEncodings, unknownEncoding } from './file-encodings.ts';

/** How the lake is to read a file, in the words of its `ingest` tool; what is left out is detected. */
export const readOptionsSchema = z.strictObject({
  format: z.enum(['csv', 'json', 'ndjson', 'parquet', 'xlsx', 'xml']).optional(),
  delimiter: z.string().min(1).max(8).optional(),
  quote: z.string().max(1).optional(),
  escape: z.string().length(1).optional(),
  comment: z.string().min(1).max(4).optional(),
  trim_quotes: z.boolean().optional(),
  record_separator: z.string().min(1).max(8).optional(),
  encoding: z.enum(fileEncodings, { error: ({ input }) => unknownEncoding(input) }).optional(),
  header: z.boolean().optional(),
  skip_lines: z.int().min(0).max(10_000).optional(),
  decimal_separator: z.enum([',', '.']).optional(),
  null_values: z.array(z.string().max(100)).max(50).optional(),
  date_format: z
    .union([z.string().min(2).max(60), z.array(z.string().min(2).max(60)).min(1).max(10)])
    .optional(),
  record_path: z.string().max(300).optional(),
  record_element: z.string().min(1).max(300).optional(),
  record_filter: z
    .strictObject({ path: z.string().min(1), equals: z.union([z.string(), z.number(), z.boolean()]) })
    .optional(),
  sheet: z.string().max(100).optional(),
});
