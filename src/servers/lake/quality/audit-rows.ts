import { LakeFailure } from '../lake-failure.ts';
import { quoteText } from '../storage/quote-sql.ts';
import type { Candidate } from './candidate.ts';
import { compileRule, type RowRule } from './compile-rule.ts';
import { evaluateRules, type RuleReader, type RuleResult } from './evaluate-rules.ts';
import { actionOf, columnsNamedBy, nameOfRule, type QualityRule } from './rule.ts';

/** What the rules say about rows that nobody can see yet. */
export interface Audit {
  /** In the order of the rules. */
  readonly results: readonly AuditResult[];
  /** Undefined: no row is set aside. */
  readonly quarantine: Quarantine | undefined;
}

export interface AuditResult extends RuleResult {
  /** Rows that this rule set aside; a row that breaks several belongs to the first. */
  readonly quarantined_rows?: number;
}

export interface Quarantine {
  readonly rows: number;
  /**
   * `(SELECT *, … AS _quality_reason, … AS _quality_column, … AS _quality_detail FROM candidate)`: all are NULL for a
   * row that may be written; else `quality:<rule>` of the first rule that it breaks, its column, and the names of all.
   */
  readonly judged: string;
}

/**
 * Write, audit, publish: first the rules that set rows aside, then, on what is left, those that stop or warn.
 * A rule that sets rows aside and holds as a whole (`mustBeLessThan: 5` percent) sets none aside.
 * @throws LakeFailure with rule, value, expectation and sample rows when a rule stops; nothing may be written then.
 */
export async function auditRows(
  reader: RuleReader,
  { candidate, rules }: { candidate: Candidate; rules: readonly QualityRule[] },
): Promise<Audit> {
  const named = rules.map((rule, index) => ({ ...rule, name: nameOfRule(rule, index) }));
  const isSetAside = (rule: QualityRule): boolean => actionOf(rule) === 'quarantine';
  const first = named.filter(isSetAside);
  requireRowRules(first, candidate);
  const found = await evaluateRules(reader, { candidate, rules: first });
  requirePassed(
    found.filter(({ error }) => error !== undefined),
    candidate,
  );
  const broken = first.filter((_, index) => found[index]?.passed === false);
  const quarantine = await setAside(reader, { candidate, broken });
  const left = quarantine === undefined ? candidate : { ...candidate, relation: restOf(quarantine.judged) };
  const rest = await evaluateRules(reader, {
    candidate: left,
    rules: named.filter((rule) => !isSetAside(rule)),
  });
  requirePassed(
    rest.filter(({ on_failure }) => on_failure === 'fail'),
    candidate,
  );
  return {
    results: inOrder(named, [...found.map((result) => withRows(result, quarantine)), ...rest]),
    quarantine: quarantine && { rows: quarantine.rows, judged: quarantine.judged },
  };
}

function requireRowRules(rules: readonly (QualityRule & { name: string })[], candidate: Candidate): void {
  for (const rule of rules) {
    const { kind } = compileRule(rule, candidate);
    if (kind === 'rows') continue;
    throw new LakeFailure(
      `The rule "${rule.name}" cannot set rows aside: a ${kind} says nothing about single rows.`,
      'give it on_failure fail or warn, or write it with nullValues, missingValues, invalidValues or duplicateValues.',
    );
  }
}

interface SetAside extends Quarantine {
  readonly byRule: ReadonlyMap<string, number>;
}

async function setAside(
  reader: RuleReader,
  { candidate, broken }: { candidate: Candidate; broken: readonly (QualityRule & { name: string })[] },
): Promise<SetAside | undefined> {
  if (broken.length === 0) return undefined;
  const judged = judgedSql(candidate, broken);
  const { rows } = await reader.read(
    `SELECT _quality_reason AS reason, count(*) AS n FROM ${judged} WHERE _quality_reason IS NOT NULL GROUP BY ALL ORDER BY 1`,
  );
  const byRule = new Map(rows.map((row) => [String(row['reason']), Number(row['n'])]));
  return { judged, byRule, rows: [...byRule.values()].reduce((sum, count) => sum + count, 0) };
}

function judgedSql(candidate: Candidate, broken: readonly (QualityRule & { name: string })[]): string {
  const compiled = broken.map((rule) => ({ rule, ...(compileRule(rule, candidate) as RowRule) }));
  const flags = compiled.map(({ isBad }, index) => `${isBad} AS _quality_bad${index}`);
  const reasons = compiled.map(
    ({ rule }, index) => `WHEN _quality_bad${index} THEN ${quoteText(reasonOf(rule.name))}`,
  );
  const columns = compiled.map(
    ({ rule }, index) => `WHEN _quality_bad${index} THEN ${quoteText(columnsNamedBy(rule).join(','))}`,
  );
  const details = compiled.map(
    ({ rule }, index) => `CASE WHEN _quality_bad${index} THEN ${quoteText(detailOf(rule))} END`,
  );
  const all = compiled.map((_, index) => `_quality_bad${index}`).join(' OR ');
  return `(SELECT * EXCLUDE (${compiled.map((_, index) => `_quality_bad${index}`).join(', ')}),
  CASE ${reasons.join(' ')} END AS _quality_reason, CASE ${columns.join(' ')} END AS _quality_column,
  CASE WHEN ${all} THEN concat_ws('; ', ${details.join(', ')}) END AS _quality_detail
FROM (SELECT *, ${flags.join(', ')} FROM ${candidate.relation}))`;
}

/** What stands in `product_raw.ingest_errors.reason`. */
export function reasonOf(rule: string): string {
  return `quality:${rule}`;
}

function detailOf({ name, metric, rule, column }: QualityRule & { name: string }): string {
  const what = [metric ?? rule, column].filter((part) => part !== undefined).join(' ');
  return what === '' || what === name ? name : `${name}: ${what}`;
}

function restOf(judged: string): string {
  return `(SELECT * EXCLUDE (_quality_reason, _quality_column, _quality_detail) FROM ${judged} WHERE _quality_reason IS NULL)`;
}

function withRows(result: RuleResult, quarantine: SetAside | undefined): AuditResult {
  if (result.passed) return result;
  return { ...result, quarantined_rows: quarantine?.byRule.get(reasonOf(result.name)) ?? 0 };
}

function inOrder(rules: readonly { name: string }[], results: readonly AuditResult[]): AuditResult[] {
  const left = [...results];
  return rules.flatMap(({ name }) => {
    const index = left.findIndex((result) => result.name === name);
    return index < 0 ? [] : left.splice(index, 1);
  });
}

function requirePassed(results: readonly RuleResult[], { table }: Candidate): void {
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length === 0) return;
  const lines = failed.map(
    ({ name, value, expected, error, sample = [] }) =>
      `- ${name}: ${error ?? `${String(value)}, expected ${expected}${sample.length > 0 ? `, e.g. ${sampleText(sample)}` : ''}`}`,
  );
  throw new LakeFailure(
    `${failed.length} quality rules of ${table} do not hold; nothing was written.\n${lines.join('\n')}`,
    'mend the SQL, the options or the file; or set the rule to on_failure quarantine or warn if the contract allows it.',
  );
}

function sampleText(sample: readonly unknown[]): string {
  return sample.map((row) => JSON.stringify(row).slice(0, 300)).join(', ');
}
