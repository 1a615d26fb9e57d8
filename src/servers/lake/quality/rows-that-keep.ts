import { LakeFailure } from '../lake-failure.ts';
import type { Candidate } from './candidate.ts';
import { expectationOf } from './compare.ts';
import { type CompiledRule, compileRule } from './compile-rule.ts';
import { actionOf, type QualityRule } from './rule.ts';

/**
 * SQL that is true for a row that no rule can set aside, so that it may be written before all rows are judged. Rules that
 * stop or warn set none aside.
 * Undefined when a rule that sets rows aside has to see all of them (`duplicateValues`), or cannot be computed.
 */
export function keepsRowRules(
  rules: readonly QualityRule[],
  candidate: Pick<Candidate, 'columns' | 'table'>,
): string | undefined {
  const compiled = rules
    .filter((rule) => actionOf(rule) === 'quarantine')
    .map((rule) => compiledOf(rule, candidate));
  const bad: string[] = [];
  for (const rule of compiled) {
    if (rule?.kind !== 'rows' || rule.unique !== undefined) return undefined;
    bad.push(rule.isBad);
  }
  return bad.length === 0 ? 'true' : `NOT (${bad.join(' OR ')})`;
}

function compiledOf(
  rule: QualityRule,
  { columns, table }: Pick<Candidate, 'columns' | 'table'>,
): CompiledRule | undefined {
  try {
    expectationOf(rule);
    return compileRule(rule, { columns, table, key: [], relation: '' });
  } catch (error) {
    // Said where all rules are judged, with the rule's name.
    if (error instanceof LakeFailure) return undefined;
    throw error;
  }
}
