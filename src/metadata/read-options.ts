import { z } from 'zod';

/** How the lake is to read a file, in the words of its `ingest` tool; what is left out is detected. */
export const readOptionsSchema = z.strictObject({
  format: z.enum(['csv', 'json', 'ndjson', 'parquet', 'xlsx', 'xml']).optional(),
  delimiter: z.string().min(1).max(8).optional(),
  quote: z.string().max(1).optional(),
  record_separator: z.string().min(1).max(8).optional(),
  encoding: z.enum(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']).optional(),
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
