import { z } from 'zod';
import type { SourceLocation } from './source-location.ts';

const count = z.int().positive();

/** What a step may use before it is stopped (exit code 3). Every field has a default: nothing runs for ever. */
export const limitsSchema = z.strictObject({
  turns: count.optional().describe('model calls in one step (default 50)'),
  toolCalls: count.optional().describe('tool calls in one step (default 500)'),
  toolErrors: count.optional().describe('calls that failed or could not be made, in one step (default 20)'),
  repairs: z
    .int()
    .nonnegative()
    .optional()
    .describe('rounds to mend an answer that breaks its contract (default 2)'),
  modelRetries: z
    .int()
    .nonnegative()
    .optional()
    .describe('further attempts of a model call after a transient failure (default 4)'),
  wallTimeMs: count.optional().describe('milliseconds for the step (default 1,800,000)'),
  tokens: count.optional().describe('input and output tokens of the step together (default 5,000,000)'),
  toolTimeoutMs: count.optional().describe('milliseconds for one tool call (default 120,000)'),
  modelTimeoutMs: count.optional().describe('milliseconds without a byte from the model (default 120,000)'),
  toolResultBytes: count
    .optional()
    .describe('bytes of one tool result that the model is shown (default 65,536)'),
});
export type Limits = z.infer<typeof limitsSchema>;
export type EffectiveLimits = { readonly [Name in keyof Limits]-?: number };

export const defaultLimits: EffectiveLimits = {
  turns: 50,
  toolCalls: 500,
  toolErrors: 20,
  repairs: 2,
  modelRetries: 4,
  wallTimeMs: 1_800_000,
  tokens: 5_000_000,
  toolTimeoutMs: 120_000,
  modelTimeoutMs: 120_000,
  toolResultBytes: 65_536,
};

/** Later arguments win, field by field. */
export function effectiveLimits(...layers: readonly (Limits | undefined)[]): EffectiveLimits {
  const given = layers.flatMap((layer) =>
    Object.entries(layer ?? {}).filter(([, value]) => value !== undefined),
  );
  return { ...defaultLimits, ...Object.fromEntries(given) };
}

export const budgetSchema = z
  .strictObject({
    usd: z
      .number()
      .positive()
      .optional()
      .describe('US dollars; a model with an unknown price is refused, unless allowUnknownPrice is true'),
    tokens: count.optional().describe('input and output tokens together'),
    per: z
      .enum(['run', 'day', 'month'])
      .optional()
      .describe('what it is for: each run (default), or all runs of a calendar day or month (UTC)'),
    allowUnknownPrice: z
      .boolean()
      .optional()
      .describe('true: calls of models without a known price are made and count as 0 dollars'),
  })
  // What limits nothing would be taken for a limit.
  .refine(({ usd, tokens }) => usd !== undefined || tokens !== undefined, 'it limits neither usd nor tokens')
  .refine(
    ({ usd, allowUnknownPrice }) => usd !== undefined || allowUnknownPrice === undefined,
    'allowUnknownPrice says nothing without usd',
  );
/** One budget or several: all of them hold. */
export const budgetsSchema = z.union([budgetSchema, z.array(budgetSchema).min(1)]);

/** `location` is where it is written, so that a refusal can say what to raise. */
export type Budget = z.infer<typeof budgetSchema> & { readonly location?: SourceLocation };
export type Budgets = Budget | readonly Budget[];

/** No budget, one, or several, as a list. */
export function budgetList(budgets: Budgets | undefined): readonly Budget[] {
  if (budgets === undefined) return [];
  return isList(budgets) ? budgets : [budgets];
}

// Array.isArray does not tell a readonly array from the rest of a union.
const isList = (budgets: Budgets): budgets is readonly Budget[] => Array.isArray(budgets);
