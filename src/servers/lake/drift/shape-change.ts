import { z } from 'zod';

/** What may have changed between a feed's contract and a file. */
export const changeKinds = [
  'added',
  'removed',
  'retyped',
  'renamed',
  'dialect',
  'encoding',
  'empty',
  'unreadable',
] as const;

export const evidenceSchema = z.object({
  /** Records that were looked at. */
  records: z.int().optional(),
  /** Of them, those that have a value in this column. */
  filled: z.int().optional(),
  /** Share of the values that are of the contract's type, by its options. */
  fitting_share: z.number().optional(),
  /** Share of the distinct values that the table already holds in this column. */
  known_share: z.number().optional(),
  samples: z.array(z.string()).optional(),
  /** In words, for what is no number. */
  detail: z.string().optional(),
});
export type Evidence = z.output<typeof evidenceSchema>;

export const shapeChangeSchema = z.object({
  kind: z.enum(changeKinds),
  column: z.string().optional().describe('column of the table'),
  source: z.string().optional().describe('column or path of the file as the contract names it'),
  option: z.string().optional().describe('the option of the contract that no longer holds'),
  required: z.boolean().optional().describe('the column must have a value'),
  from: z.unknown().optional(),
  to: z.unknown().optional(),
  confidence: z.number().optional().describe('of renamed: 0 to 1'),
  runner_up: z
    .object({ source: z.string(), confidence: z.number() })
    .optional()
    .describe('of renamed: what else it may be'),
  suggestion: z
    .object({ options: z.record(z.string(), z.unknown()).optional(), type: z.string().optional() })
    .optional()
    .describe('with this in the contract the values fit'),
  evidence: evidenceSchema,
  breaking: z.boolean().describe('a load by this contract stops'),
});
export type ShapeChange = z.output<typeof shapeChangeSchema>;

export function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Number((part / whole).toFixed(4));
}
