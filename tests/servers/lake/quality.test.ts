import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { auditRows } from '../../../src/servers/lake/quality/audit-rows.ts';
import { evaluateRules } from '../../../src/servers/lake/quality/evaluate-rules.ts';
import {
  actionOf,
  comparisons,
  metrics,
  type QualityRule,
  qualityRule,
} from '../../../src/servers/lake/quality/rule.ts';
import { openReader } from './support/duckdb-reader.ts';

const columns = ['sku', 'name', 'price', 'grade'].map((name) => ({ name }));
const candidate = { relation: 't', table: 'product_core.t', columns, key: ['sku'] };
const table = `CREATE TABLE t AS SELECT * FROM (VALUES
  ('A', 'apple', 1.50, 'x'), ('B', NULL, 2.00, 'y'), ('C', ' n/a ', -1.00, 'z'),
  ('C', '', 9.00, 'x'), ('C', 'cherry', NULL, 'x')) AS v(sku, name, price, grade)`;

const asked = (rule: Record<string, unknown>): QualityRule => qualityRule.parse(rule);

test.each([
  [{ metric: 'nullValues', column: 'name' }, 1, false],
  [{ rule: 'nullValues', column: 'sku' }, 0, true],
  [{ metric: 'missingValues', column: 'name' }, 2, false],
  [{ metric: 'missingValues', column: 'name', arguments: { missingValues: [null, '', 'n/a'] } }, 3, false],
  [{ metric: 'invalidValues', column: 'grade', arguments: { validValues: ['x', 'y'] } }, 1, false],
  [{ metric: 'invalidValues', column: 'sku', arguments: { pattern: '^[A-B]$' } }, 3, false],
  [{ metric: 'invalidValues', column: 'price', arguments: { min: 0, max: 5 } }, 2, false],
  [{ metric: 'invalidValues', column: 'name', arguments: { min: 0 } }, 4, false],
  [{ metric: 'duplicateValues', column: 'sku' }, 2, false],
  [{ metric: 'duplicateValues', columns: ['sku', 'grade'] }, 1, false],
  [{ metric: 'duplicateValues', arguments: { properties: ['sku', 'grade'] } }, 1, false],
  [{ metric: 'duplicateValues', column: 'sku', unit: 'percent', mustBeLessThan: 41 }, 40, true],
  [{ metric: 'nullValues', column: 'name', unit: 'percent', mustBeLessOrEqualTo: 20 }, 20, true],
  [{ metric: 'nullValues', column: 'name', unit: 'percent', mustBeLessThan: 20 }, 20, false],
  [{ metric: 'rowCount' }, 5, true],
  [{ metric: 'rowCount', mustBeBetween: [5, 9] }, 5, true],
  [{ metric: 'rowCount', mustNotBeBetween: [1, 5] }, 5, false],
  [{ metric: 'rowCount', mustBeGreaterThan: 5 }, 5, false],
  [{ metric: 'rowCount', mustBeGreaterOrEqualTo: 5 }, 5, true],
  [{ metric: 'rowCount', mustNotBe: 5 }, 5, false],
  [{ type: 'sql', query: 'SELECT count(*) FROM {table} WHERE price > 5', mustBe: 1 }, 1, true],
  [
    { query: 'SELECT count(*) FROM \u0024{table} WHERE \u0024{column} IS NULL', column: 'price', mustBe: 1 },
    1,
    true,
  ],
  [{ query: 'SELECT max(grade) FROM {object}', mustBe: 'z' }, 'z', true],
  [{ query: 'SELECT bool_and(sku IS NOT NULL) FROM {model}', mustBe: true }, true, true],
])('%j: %s, passed: %s', async (rule, value, passed) => {
  const reader = await openReader(table);
  const [result] = await evaluateRules(reader, { candidate, rules: [asked(rule)] });
  expect(result).toMatchObject({ value, passed });
});

test.each([
  [{ metric: 'nullValues', column: 'nam' }, 'did you mean "name"?'],
  [{ metric: 'nullValues' }, 'names no column'],
  [{ metric: 'invalidValues', column: 'name' }, 'what is valid'],
  [{ metric: 'invalidValues', column: 'name', arguments: { pattern: '(' } }, 'missing'],
  [{ metric: 'rowCount', mustBe: 1, mustBeLessThan: 3 }, '2 comparisons'],
  [{ type: 'text', name: 'careful' }, 'type text cannot be checked'],
  [{ query: 'SELECT sku FROM {table}' }, 'one row with one number'],
])(
  '%j cannot be checked, has failed and says why, and the rules beside it are still checked',
  async (rule, why) => {
    const reader = await openReader(table);
    const good = asked({ metric: 'nullValues', column: 'name', mustBe: 1 });
    const [bad, beside] = await evaluateRules(reader, { candidate, rules: [asked(rule), good] });
    expect(bad).toMatchObject({ passed: false, value: null });
    expect(bad?.error).toContain(why);
    expect(beside).toMatchObject({ passed: true, value: 1 });
  },
);

test('rules about single rows are counted in one pass', async () => {
  const reader = await openReader(table);
  const rules = ['sku', 'name', 'price'].map((column) =>
    asked({ metric: 'nullValues', column, mustBeLessThan: 9 }),
  );
  await evaluateRules(reader, { candidate, rules });
  expect(reader.statements.filter((sql) => sql.includes('count(*)'))).toHaveLength(1);
});

test('quarantine: bad rows are set aside by the first rule that they break, and the others are judged on what is left', async () => {
  const reader = await openReader(table);
  const audit = await auditRows(reader, {
    candidate: { ...candidate, order: 'price' },
    rules: [
      asked({ name: 'named', metric: 'missingValues', column: 'name', on_failure: 'quarantine' }),
      asked({ name: 'one_sku', metric: 'duplicateValues', column: 'sku', on_failure: 'quarantine' }),
      asked({ name: 'sku_unique', metric: 'duplicateValues', column: 'sku' }),
      asked({
        name: 'grades',
        metric: 'invalidValues',
        column: 'grade',
        arguments: { validValues: ['x'] },
        on_failure: 'warn',
      }),
    ],
  });
  expect(audit.results).toMatchObject([
    { name: 'named', on_failure: 'quarantine', passed: false, failing_rows: 2, quarantined_rows: 2 },
    { name: 'one_sku', passed: false, failing_rows: 2, quarantined_rows: 1 },
    { name: 'sku_unique', on_failure: 'fail', passed: true, value: 0 },
    { name: 'grades', on_failure: 'warn', passed: false, value: 1 },
  ]);
  expect(audit.quarantine?.rows).toBe(3);
  const { rows } = await reader.read(
    `SELECT sku, price, _quality_reason AS reason, _quality_detail AS detail FROM ${audit.quarantine?.judged} ORDER BY sku, price`,
  );
  expect(rows).toEqual([
    { sku: 'A', price: 1.5, reason: null, detail: null },
    { sku: 'B', price: 2, reason: 'quality:named', detail: 'named: missingValues name' },
    { sku: 'C', price: -1, reason: null, detail: null },
    {
      sku: 'C',
      price: 9,
      reason: 'quality:named',
      detail: 'named: missingValues name; one_sku: duplicateValues sku',
    },
    { sku: 'C', price: null, reason: 'quality:one_sku', detail: 'one_sku: duplicateValues sku' },
  ]);
});

test('a rule with a tolerance sets nothing aside while it holds', async () => {
  const reader = await openReader(table);
  const rule = {
    metric: 'nullValues',
    column: 'name',
    unit: 'percent',
    mustBeLessThan: 30,
    on_failure: 'quarantine',
  };
  const audit = await auditRows(reader, { candidate, rules: [asked(rule)] });
  expect(audit).toMatchObject({ results: [{ passed: true, value: 20 }], quarantine: undefined });
});

test.each([
  [
    { name: 'named', metric: 'nullValues', column: 'name' },
    '- named: 1, expected = 0, e.g. {"sku":"B","name":null}',
  ],
  [{ name: 'rows', metric: 'rowCount', mustBeGreaterThan: 9 }, '- rows: 5, expected > 9'],
  [{ name: 'q', metric: 'nullValues', column: 'nope', on_failure: 'quarantine' }, 'no column "nope"'],
  [{ name: 'r', metric: 'rowCount', on_failure: 'quarantine' }, 'a row count says nothing about single rows'],
  [{ name: 's', query: 'SELECT 1', on_failure: 'quarantine' }, 'a query says nothing about single rows'],
])('%j stops the write and says what it found', async (rule, words) => {
  const reader = await openReader(table);
  await expect(auditRows(reader, { candidate, rules: [asked(rule)] })).rejects.toThrow(words);
});

test.each([
  [{}, 'fail'],
  [{ severity: 'error' }, 'fail'],
  [{ severity: 'warning' }, 'warn'],
  [{ severity: 'warning', on_failure: 'fail' }, 'fail'],
])('%j: %s', (rule, action) => {
  expect(actionOf(asked(rule))).toBe(action);
});

const schemaFile = resolve('../shared/data/specs/odcs-3.1.0.schema.json');
test.skipIf(!existsSync(schemaFile))('every library metric and comparison of ODCS 3.1 is known', () => {
  const { $defs } = JSON.parse(readFileSync(schemaFile, 'utf8')) as {
    $defs: {
      DataQualityLibrary: { properties: { metric: { enum: string[] } } };
      DataQualityOperators: { oneOf: { required: [string] }[] };
    };
  };
  expect([...metrics].sort()).toEqual([...$defs.DataQualityLibrary.properties.metric.enum].sort());
  expect(Object.keys(comparisons).sort()).toEqual(
    $defs.DataQualityOperators.oneOf.map(({ required }) => required[0]).sort(),
  );
});
