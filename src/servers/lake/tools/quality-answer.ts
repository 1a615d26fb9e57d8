import { z } from 'zod';
import type { AuditResult } from '../quality/audit-rows.ts';
import type { RuleResult } from '../quality/evaluate-rules.ts';
import { failureActions, qualityRule } from '../quality/rule.ts';
import { fitRows } from './fit-rows.ts';

/** How answers show what a rule has found. */
export const ruleResult = z.object({
  name: z.string(),
  passed: z.boolean(),
  value: z.union([z.number(), z.string(), z.boolean()]).nullable(),
  expected: z.string(),
  failing_rows: z.int().optional(),
  sample: z.array(z.record(z.string(), z.unknown())).optional(),
  error: z.string().optional().describe('the rule could not be checked; it counts as failed'),
});

/** The same of rows that were judged before they were written. */
export const auditResult = ruleResult.extend({
  on_failure: z.enum(failureActions),
  quarantined_rows: z
    .int()
    .optional()
    .describe('rows that it set aside: in product_raw.ingest_errors with reason quality:<name>'),
});

/** What ingest and run_mapping take as `rules`. */
export const rulesToKeep = z
  .array(qualityRule)
  .max(100)
  .describe(
    'quality rules of the contract, checked on the new rows before anybody sees them. on_failure fail: nothing is written; quarantine: bad rows go to product_raw.ingest_errors; warn: only reported',
  );

export function shownResult({ on_failure: _, ...result }: RuleResult) {
  return withShownSample(result);
}

export function shownAudit(result: AuditResult) {
  return withShownSample(result);
}

function withShownSample<Result extends { readonly sample?: RuleResult['sample'] }>({
  sample,
  ...result
}: Result) {
  if (sample === undefined) return result;
  const columns = Object.keys(sample[0] ?? {}).map((name) => ({ name, type: '' }));
  return { ...result, sample: fitRows({ columns, rows: sample }).rows };
}
