import { z } from 'zod';
import { comparisons, metrics } from '../../../metadata/lake/rule-words.ts';

export { comparisons, metrics };

export const failureActions = ['fail', 'quarantine', 'warn'] as const;
export type FailureAction = (typeof failureActions)[number];

/** A quality rule as ODCS 3.1 writes it. Fields that say nothing about the check (description, dimension, …) are let through. */
export const qualityRule = z.looseObject({
  name: z.string().max(200).optional(),
  type: z.enum(['library', 'sql', 'text', 'custom']).optional().describe('as ODCS has it; may be left out'),
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
      properties: z.array(z.string()).max(16).optional().describe('the same as columns'),
      min: z.number().optional(),
      max: z.number().optional(),
    })
    .optional(),
  unit: z.string().max(40).optional().describe('percent: of the rows; anything else: a number of rows'),
  severity: z.string().max(40).optional(),
  on_failure: z
    .enum(failureActions)
    .optional()
    .describe(
      'ingest and run_mapping: fail writes nothing, quarantine sets the bad rows aside, warn only reports. Default: fail; warn when severity is given and is not error',
    ),
  query: z
    .string()
    .optional()
    .describe('one SELECT that gives one value; {table} is the table, {column} the column'),
  ...comparisons,
});
export type QualityRule = z.output<typeof qualityRule>;

/** What happens when the rule does not hold. Where nobody has said it, an error stops and all else is told. */
export function actionOf({ on_failure, severity }: QualityRule): FailureAction {
  return on_failure ?? (severity === undefined || severity === 'error' ? 'fail' : 'warn');
}

export function metricOf(rule: QualityRule): QualityRule['metric'] {
  return rule.metric ?? rule.rule;
}

export function columnsNamedBy({ column, columns, arguments: given }: QualityRule): readonly string[] {
  return columns ?? given?.properties ?? (column === undefined ? [] : [column]);
}

/** Its own name, or what it checks: rules are reported by name. */
export function nameOfRule(rule: QualityRule, index: number): string {
  const described = [metricOf(rule), ...columnsNamedBy(rule)].filter((part) => part !== undefined).join(' ');
  return rule.name ?? (described || `rule ${index + 1}`);
}
