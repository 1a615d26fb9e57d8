import { z } from 'zod';

/** All library metrics of ODCS 3.1. */
export const metrics = [
  'nullValues',
  'missingValues',
  'invalidValues',
  'duplicateValues',
  'rowCount',
] as const;

export const ruleScalar = z.union([z.number(), z.string(), z.boolean()]);
const range = z.tuple([z.number(), z.number()]);

/** What a comparison of ODCS may be; a rule has at most one. */
export const comparisons = {
  mustBe: ruleScalar.optional(),
  mustNotBe: ruleScalar.optional(),
  mustBeGreaterThan: z.number().optional(),
  mustBeGreaterOrEqualTo: z.number().optional(),
  mustBeLessThan: z.number().optional(),
  mustBeLessOrEqualTo: z.number().optional(),
  mustBeBetween: range.optional(),
  mustNotBeBetween: range.optional(),
};
