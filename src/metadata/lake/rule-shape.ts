import { z } from 'zod';
import { customProperty } from './contract-parts.ts';
import { comparisons, metrics, ruleScalar } from './rule-words.ts';

export const comparisonNames: readonly string[] = Object.keys(comparisons);

const fields = {
  name: z.string().min(1).describe('rules are reported by name, so each has one'),
  description: z.string().optional(),
  severity: z.enum(['error', 'warning', 'info']).default('error'),
  unit: z.enum(['rows', 'percent']).optional(),
  customProperties: z.array(customProperty).optional(),
  ...comparisons,
};
const ruleArguments = z.looseObject({
  validValues: z.array(ruleScalar).optional(),
  pattern: z.string().max(500).optional(),
  missingValues: z.array(z.union([z.string(), z.number(), z.null()])).optional(),
  properties: z.array(z.string()).max(16).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
});

const libraryRule = z.looseObject({
  ...fields,
  type: z.literal('library'),
  metric: z.enum(metrics),
  arguments: ruleArguments.optional(),
});
const sqlRule = z.looseObject({
  ...fields,
  type: z.literal('sql'),
  metric: z.undefined('a rule of type sql has a query and no metric').optional(),
  query: z.string(),
});
/** Words for people, and rules that another engine runs: kept in the contract, and no business of the lake. */
const otherRule = z.looseObject({
  type: z.enum(['text', 'custom']),
  metric: z.undefined('a rule with a metric is of type library').optional(),
});

export type QualityRule = z.infer<typeof libraryRule> | z.infer<typeof sqlRule>;

/** The standard's own default: a rule that does not say its type is one of the library. */
const withType = (rule: unknown): unknown =>
  typeof rule === 'object' && rule !== null && !Object.hasOwn(rule, 'type') && Object.hasOwn(rule, 'metric')
    ? { ...rule, type: 'library' }
    : { type: 'text', ...(rule as object) };

const ruleShape = z.preprocess(withType, z.discriminatedUnion('type', [libraryRule, sqlRule, otherRule]));

const isOurs = (rule: z.output<typeof ruleShape>): rule is QualityRule =>
  rule.type === 'library' || rule.type === 'sql';

/** The rules of a table or of a column that the lake computes. */
export const qualityShape = z
  .array(ruleShape)
  .transform((rules) => rules.filter(isOurs))
  .optional();
