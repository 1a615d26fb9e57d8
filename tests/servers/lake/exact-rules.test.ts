import { expect, test } from 'vitest';
import { openTestLake, type Row } from './support/open-test-lake.ts';

async function judge(sql: string, rule: Row): Promise<unknown> {
  const lake = await openTestLake();
  const { quality } = await lake.call('run_mapping', {
    target: 'x.t',
    sql,
    rules: [{ name: 'r', on_failure: 'warn', ...rule }],
  });
  const [result] = quality as Row[];
  expect(result).not.toHaveProperty('error');
  return result?.['passed'];
}

// As doubles, 9007199254740992 and 9007199254740993 are one number.
test.each([
  ['9007199254740993::BIGINT', { mustBeGreaterThan: 5 }, true],
  ['9007199254740993::BIGINT', { mustBeGreaterThan: 9007199254740992 }, true],
  ['9007199254740993::BIGINT', { mustBeLessOrEqualTo: 9007199254740992 }, false],
  ['9007199254740992::BIGINT', { mustBeLessOrEqualTo: 9007199254740992 }, true],
  ['-9007199254740993::BIGINT', { mustBeLessThan: 0 }, true],
  ['9007199254740993::BIGINT', { mustBe: 9007199254740992 }, false],
  ['9007199254740992::BIGINT', { mustBe: 9007199254740992 }, true],
  ['9007199254740993::BIGINT', { mustBeBetween: [0, 9007199254740992] }, false],
  ['9007199254740993::BIGINT', { mustNotBeBetween: [0, 9007199254740992] }, true],
  ['12345678901234567.89::DECIMAL(20,2)', { mustBeBetween: [0.5, 1e21] }, true],
  ['100000000000000000.00::DECIMAL(20,2)', { mustBe: 100000000000000000 }, true],
  [`'many'`, { mustBeGreaterThan: 5 }, false],
  [`'many'`, { mustNotBeBetween: [1, 2] }, false],
])('a query that gives %s, %o: %s', async (value, comparison, passed) => {
  const query = `SELECT ${value} AS n FROM {table}`;
  expect(await judge('SELECT 1 AS a', { query, ...comparison })).toBe(passed);
});

test.each([
  ['9007199254740993::BIGINT', { max: 9007199254740992 }, false],
  ['9007199254740992::BIGINT', { max: 9007199254740992 }, true],
  ['9007199254740993::DECIMAL(18,1)', { max: 9007199254740992 }, false],
  [`'9007199254740993'`, { max: 9007199254740992 }, false],
  ['(-9007199254740993)::BIGINT', { min: -9007199254740992 }, false],
  ['9007199254740993::HUGEINT * 100000', { max: 1e21 }, true],
  ['2::INTEGER', { max: 1.5 }, false],
  ['1::INTEGER', { max: 1.5, min: 0.5 }, true],
  ['2::SMALLINT', { max: 1e300, min: -1e300 }, true],
  ['0.1::DOUBLE', { max: 0.1, min: 0.1 }, true],
  ['0.1::DECIMAL(4,2)', { max: 0.1, min: 0.1 }, true],
  ['0.11::DECIMAL(4,2)', { max: 0.1 }, false],
  [`'1e-7'`, { min: 1e-7, max: 1e-7 }, true],
  [`'many'`, { min: 0 }, false],
])('a value %s within %o: %s', async (value, given, passed) => {
  const rule = { metric: 'invalidValues', column: 'a', arguments: given };
  expect(await judge(`SELECT ${value} AS a`, rule)).toBe(passed);
});

test.each([
  ['^abc\\$', 'abc$', true],
  ['^abc\\$', 'abc', false],
  ['^abc$', 'abc', true],
  ['^abc$', 'xabc', false],
  ['a|b', 'b', true],
  ['a|b', 'xb', false],
  ['^a|b$', 'ab', false],
  ['abc', 'abcd', false],
])('the pattern %s and the value %s: %s', async (pattern, value, passed) => {
  const rule = { metric: 'invalidValues', column: 'a', arguments: { pattern } };
  expect(await judge(`SELECT '${value}' AS a`, rule)).toBe(passed);
});
