import { z } from 'zod';
import type { Lake } from '../lake.ts';
import { evaluateRules, type RuleReader } from '../quality/evaluate-rules.ts';
import { qualityRule } from '../quality/rule.ts';
import { quoteTable } from '../storage/quote-sql.ts';
import { ruleResult, shownResult } from './quality-answer.ts';
import { requireTable, tableName } from './table-name.ts';
import { defineLakeTool, reads } from './tool-definition.ts';

export const checkQuality = defineLakeTool({
  name: 'check_quality',
  title: 'Check quality rules',
  description:
    'Checks a table against quality rules as ODCS contracts write them: library metrics (nullValues, missingValues, invalidValues, duplicateValues, rowCount) or a query that gives one value, each with a comparison such as mustBe or mustBeLessThan (default: 0 bad rows). Gives per rule whether it passed, its value, and sample rows that break it. A rule that cannot be checked counts as failed. Changes nothing: on_failure of a rule only means something to ingest and run_mapping.',
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
    const { columns, primary_key: key } = await requireTable(lake, table);
    const rows = await lake.store.countRows(table);
    const candidate = { relation: quoteTable(table), table, columns, key };
    const found = await evaluateRules(readerOf(lake), { candidate, rules });
    const results = found.map(shownResult);
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

function readerOf({ store }: Lake): RuleReader {
  return {
    read: (sql) => store.query(sql),
    readQuery: async (sql) => {
      const select = await store.check(sql);
      return store.query({ ...select, sql: `SELECT * FROM (${select.sql}\n) LIMIT 2` });
    },
  };
}
