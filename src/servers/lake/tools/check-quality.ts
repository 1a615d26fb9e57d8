import { z } from 'zod';
import type { Lake } from '../lake.ts';
import { LakeFailure } from '../lake-failure.ts';
import { expectationOf, metricOf } from '../quality/compare.ts';
import { compileRule } from '../quality/compile-rule.ts';
import { type QualityRule, qualityRule } from '../quality/rule.ts';
import { checkSelect } from '../sql/check-select.ts';
import type { TableDefinition } from '../storage/table-store.ts';
import { fitRows } from './fit-rows.ts';
import { requireTable, tableName } from './table-name.ts';
import { defineLakeTool, reads } from './tool-definition.ts';

const ruleResult = z.object({
  name: z.string(),
  passed: z.boolean(),
  value: z.number().nullable(),
  expected: z.string(),
  failing_rows: z.int().optional(),
  sample: z.array(z.record(z.string(), z.unknown())).optional(),
  error: z.string().optional().describe('the rule could not be checked; it counts as failed'),
});
type RuleResult = z.output<typeof ruleResult>;

export const checkQuality = defineLakeTool({
  name: 'check_quality',
  title: 'Check quality rules',
  description:
    'Checks a table against quality rules as ODCS contracts write them: library metrics (nullValues, missingValues, invalidValues, duplicateValues, rowCount) or a query that gives one number, each with a comparison such as mustBe or mustBeLessThan (default: 0 bad rows). Gives per rule whether it passed, its value, and sample rows that break it. A rule that cannot be checked counts as failed.',
  input: z.strictObject({ table: tableName, rules: z.array(qualityRule).min(1).max(100) }),
  output: z.object({
    table: z.string(),
    rows: z.int(),
    passed: z.boolean(),
    passed_rules: z.int(),
    failed_rules: z.int(),
    results: z.array(ruleResult),
  }),
  annotations: reads,
  run: async (lake, { table, rules }) => {
    const definition = await requireTable(lake, table);
    const rows = await lake.store.countRows(table);
    const results: RuleResult[] = [];
    for (const [index, rule] of rules.entries())
      results.push(await checkRule(lake, { rule, index, definition, rows }));
    const failed = results.filter(({ passed }) => !passed).length;
    return {
      table,
      rows,
      passed: failed === 0,
      passed_rules: results.length - failed,
      failed_rules: failed,
      results,
    };
  },
});

interface Checked {
  readonly rule: QualityRule;
  readonly index: number;
  readonly definition: TableDefinition;
  readonly rows: number;
}

async function checkRule(lake: Lake, checked: Checked): Promise<RuleResult> {
  const { rule } = checked;
  const named = { name: nameOf(checked), expected: expectationOf(rule).text };
  try {
    const found =
      rule.query === undefined ? await checkMetric(lake, checked) : await checkQuery(lake, checked);
    return { ...named, ...found };
  } catch (error) {
    if (!(error instanceof LakeFailure)) throw error;
    return { ...named, passed: false, value: null, error: error.message };
  }
}

function nameOf({ rule, index }: Checked): string {
  const columns = rule.columns ?? (rule.column === undefined ? [] : [rule.column]);
  const described = [metricOf(rule), ...columns].filter((part) => part !== undefined).join(' ');
  return rule.name ?? (described || `rule ${index + 1}`);
}

async function checkMetric({ store }: Lake, { rule, definition, rows }: Checked) {
  const { count, sample } = compileRule(rule, definition);
  const bad = Number((await store.query(count)).rows[0]?.['n'] ?? 0);
  const value = rule.unit === 'percent' ? percentOf(bad, rows) : bad;
  const passed = expectationOf(rule).holds(value);
  if (sample === undefined) return { passed, value };
  const examples = bad > 0 ? fitRows(await store.query(sample)).rows : [];
  return { passed, value, failing_rows: bad, ...(examples.length > 0 && { sample: examples }) };
}

function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Number(((100 * part) / whole).toFixed(6));
}

async function checkQuery({ store }: Lake, { rule, definition }: Checked) {
  const text = (rule.query ?? '').replaceAll(/\$?\{(table|object|model)\}/g, definition.table);
  const select = await checkSelect(store, text);
  const { columns, rows } = await store.query(`SELECT * FROM (${select}\n) LIMIT 2`);
  const value = rows.length === 1 && columns.length === 1 ? rows[0]?.[columns[0]?.name ?? ''] : undefined;
  if (typeof value !== 'number') {
    throw new LakeFailure(
      'The query must give one row with one number.',
      'write SELECT count(*) FROM … WHERE ….',
    );
  }
  return { passed: expectationOf(rule).holds(value), value };
}
