import { LakeFailure } from '../lake-failure.ts';
import type { Candidate } from './candidate.ts';
import { expectationOf } from './compare.ts';
import { type CompiledRule, compileRule } from './compile-rule.ts';
import type { QualityRule } from './rule.ts';

/**
 * SQL that is true for a row that breaks none of the rules, so that rows can be judged a part of the file at a time: all that
 * break a rule are then judged together, with the number of the others as `soundRows` of the candidate.
 * Undefined when a rule has to see all rows (`duplicateValues`, a query), or cannot be computed.
 */
export function keepsRowRules(
  rules: readonly QualityRule[],
  candidate: Pick<Candidate, 'columns' | 'table'>,
): string | undefined {
  const compiled = rules.map((rule) => compiledOf(rule, candidate));
  const bad: string[] = [];
  for (const rule of compiled) {
    if (rule === undefined || rule.kind === 'query') return undefined;
    if (rule.kind === 'row count') continue;
    if (rule.unique !== undefined) return undefined;
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
