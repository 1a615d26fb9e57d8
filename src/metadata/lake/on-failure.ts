import { z } from 'zod';
import { customValue } from '../custom-property.ts';
import type { QualityRule } from './rule-shape.ts';

/** What happens to a load whose rows break a rule: it fails; the rows are set aside; it is only said. */
export const onFailureSchema = z.enum(['fail', 'quarantine', 'warn']);
export type OnFailure = z.infer<typeof onFailureSchema>;

/** `customProperties: [{ property: onFailure, value: … }]`, else what the severity says. */
export function onFailureOf(rule: QualityRule): OnFailure {
  const said = onFailureSchema.safeParse(customValue(rule, 'onFailure'));
  if (said.success) return said.data;
  return rule.severity === 'error' ? 'fail' : 'warn';
}
