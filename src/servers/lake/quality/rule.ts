import { z } from 'zod';

export const metrics = [
  'nullValues',
  'missingValues',
  'invalidValues',
  'duplicateValues',
  'rowCount',
] as const;

const range = z.tuple([z.number(), z.number()]);

/** What a comparison of ODCS may be; the first that is given holds. */
export const comparisons = {
  mustBe: z.number().optional(),
  mustNotBe: z.number().optional(),
  mustBeGreaterThan: z.number().optional(),
  mustBeGreaterOrEqualTo: z.number().optional(),
  mustBeLessThan: z.number().optional(),
  mustBeLessOrEqualTo: z.number().optional(),
  mustBeBetween: range.optional(),
  mustNotBeBetween: range.optional(),
};

/** A quality rule as ODCS 3.1 writes it. Fields that say nothing about the check (severity, …) are let through. */
export const qualityRule = z.looseObject({
  name: z.string().max(200).optional(),
  metric: z.enum(metrics).optional().describe('library rule'),
  rule: z.enum(metrics).optional().describe('the older name of metric'),
  column: z.string().optional(),
  columns: z
    .array(z.string())
    .max(16)
    .optional()
    .describe('duplicateValues: the columns that are unique together'),
  arguments: z
    .looseObject({
      validValues: z.array(z.union([z.string(), z.number(), z.boolean()])).optional(),
      pattern: z.string().max(500).optional().describe('regular expression that the whole value must match'),
      missingValues: z.array(z.union([z.string(), z.number(), z.null()])).optional(),
      min: z.number().optional(),
      max: z.number().optional(),
    })
    .optional(),
  unit: z.enum(['rows', 'percent']).optional(),
  query: z.string().optional().describe('one SELECT that gives one number; {table} is the table'),
  ...comparisons,
});
export type QualityRule = z.output<typeof qualityRule>;
