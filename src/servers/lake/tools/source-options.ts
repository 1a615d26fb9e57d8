import { z } from 'zod';
import { unknownEncoding } from '../../../metadata/file-encodings.ts';
import { encodings, fileFormats } from '../sources/source.ts';

const reading = {
  format: z.enum(fileFormats).optional(),
  delimiter: z
    .string()
    .min(1)
    .max(8)
    .optional()
    .describe('CSV: field separator, may have several characters'),
  quote: z.string().max(1).optional().describe('CSV: quote character; "" for none'),
  escape: z
    .string()
    .length(1)
    .optional()
    .describe('CSV: stands before a quote, a delimiter or itself that is a letter, as \\ in "a \\"q\\""'),
  comment: z
    .string()
    .min(1)
    .max(4)
    .optional()
    .describe('CSV: lines that begin with it are no records, e.g. #'),
  trim_quotes: z.boolean().optional().describe('CSV: drop blanks around quotes: A1, "a,b"'),
  record_separator: z
    .string()
    .min(1)
    .max(8)
    .optional()
    .describe('CSV: what ends a record, when it is not the line feed'),
  encoding: z.enum(encodings, { error: ({ input }) => unknownEncoding(input) }).optional(),
  header: z.boolean().optional().describe('CSV, XLSX: the first record holds the column names'),
  skip_lines: z.int().min(0).max(10_000).optional().describe('CSV, XLSX: lines before the header'),
  decimal_separator: z.enum([',', '.']).optional().describe('"," reads 1.234,50; "." reads 1,234.50'),
  null_values: z.array(z.string().max(100)).max(50).optional().describe('texts that mean null, e.g. N/A'),
  date_format: z
    .union([z.string().min(2).max(60), z.array(z.string().min(2).max(60)).min(1).max(10)])
    .optional()
    .describe('strptime format or formats of dates and timestamps, e.g. %d.%m.%Y'),
  record_path: z
    .string()
    .max(300)
    .optional()
    .describe('JSON: path of the array of records, e.g. /data/products'),
  record_element: z.string().min(1).max(300).optional().describe('XML: name or path of the repeated element'),
  record_filter: z
    .strictObject({ path: z.string().min(1), equals: z.union([z.string(), z.number(), z.boolean()]) })
    .optional()
    .describe('JSON, XML: read only records whose value at path equals this'),
  sheet: z.string().max(100).optional().describe('XLSX: name of the sheet'),
};

/** How a file is to be read. */
export const sourceOptions = z
  .strictObject(reading)
  .describe('how to read the file; what is left out is detected');

/** The same with the mapping of columns that a load needs. */
export const ingestOptions = z
  .strictObject({
    ...reading,
    columns: z
      .record(z.string(), z.union([z.string(), z.null()]))
      .optional()
      .describe('table column -> source column or path; null for none; the others are matched by name'),
  })
  .describe('how to read the file; what is left out is detected');

export const filePath = z.string().min(1).max(1000).describe('path of the file as list_files shows it');
