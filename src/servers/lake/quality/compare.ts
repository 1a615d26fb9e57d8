import type { QualityRule } from './rule.ts';

export interface Expectation {
  /** In words, e.g. `= 0`. */
  readonly text: string;
  holds(value: number): boolean;
}

/** Without a comparison: no bad rows; for a row count, at least one. */
export function expectationOf(rule: QualityRule): Expectation {
  return (
    explicitExpectation(rule) ??
    (metricOf(rule) === 'rowCount' ? above(0) : { text: '= 0', holds: (v) => v === 0 })
  );
}

export function metricOf(rule: QualityRule): QualityRule['metric'] {
  return rule.metric ?? rule.rule;
}

function above(limit: number): Expectation {
  return { text: `> ${limit}`, holds: (value) => value > limit };
}

function explicitExpectation(rule: QualityRule): Expectation | undefined {
  const single: readonly (readonly [
    number | undefined,
    string,
    (value: number, limit: number) => boolean,
  ])[] = [
    [rule.mustBe, '=', (value, limit) => value === limit],
    [rule.mustNotBe, '<>', (value, limit) => value !== limit],
    [rule.mustBeGreaterThan, '>', (value, limit) => value > limit],
    [rule.mustBeGreaterOrEqualTo, '>=', (value, limit) => value >= limit],
    [rule.mustBeLessThan, '<', (value, limit) => value < limit],
    [rule.mustBeLessOrEqualTo, '<=', (value, limit) => value <= limit],
  ];
  for (const [limit, sign, holds] of single) {
    if (limit !== undefined) return { text: `${sign} ${limit}`, holds: (value) => holds(value, limit) };
  }
  return rangeExpectation(rule);
}

function rangeExpectation({
  mustBeBetween: inside,
  mustNotBeBetween: outside,
}: QualityRule): Expectation | undefined {
  if (inside)
    return {
      text: `between ${inside.join(' and ')}`,
      holds: (value) => value >= inside[0] && value <= inside[1],
    };
  if (outside) {
    return {
      text: `not between ${outside.join(' and ')}`,
      holds: (value) => value < outside[0] || value > outside[1],
    };
  }
  return undefined;
}
