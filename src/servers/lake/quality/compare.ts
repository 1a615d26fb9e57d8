import { LakeFailure } from '../lake-failure.ts';
import { compareExactly, exactNumber } from './exact-number.ts';
import { comparisons, metricOf, type QualityRule } from './rule.ts';

/** What a rule measures: a number nearly always; a query may give a text or a truth. */
export type RuleValue = number | string | boolean;

export interface Expectation {
  /** In words, e.g. `= 0`. */
  readonly text: string;
  holds(value: RuleValue): boolean;
}

/**
 * Without a comparison: no bad rows; for a row count, at least one.
 * @throws LakeFailure when the rule has two: which of them holds would be a guess.
 */
export function expectationOf(rule: QualityRule): Expectation {
  const given = Object.keys(comparisons).filter((name) => rule[name] !== undefined);
  if (given.length > 1) {
    throw new LakeFailure(`The rule has ${given.length} comparisons: ${given.join(', ')}.`, 'keep one.');
  }
  const standard = metricOf(rule) === 'rowCount' ? order('>', 0) : equality('=', 0);
  return equalityOf(rule) ?? orderOf(rule) ?? rangeOf(rule) ?? standard;
}

function equalityOf({ mustBe, mustNotBe }: QualityRule): Expectation | undefined {
  if (mustBe !== undefined) return equality('=', mustBe);
  return mustNotBe === undefined ? undefined : equality('<>', mustNotBe);
}

/** A text is compared as text: `mustBe: "0"` holds for the number 0 as well. */
function equality(sign: '=' | '<>', wanted: RuleValue): Expectation {
  const isSame = (value: RuleValue): boolean =>
    value === wanted ||
    String(value) === String(wanted) ||
    (typeof wanted === 'number' && differenceOf(value, wanted) === 0);
  const shown = typeof wanted === 'string' ? `"${wanted}"` : String(wanted);
  return { text: `${sign} ${shown}`, holds: (value) => isSame(value) === (sign === '=') };
}

/** Below zero when the value is smaller, undefined when it is no number. */
function differenceOf(value: RuleValue, limit: number): number | undefined {
  const [exact, exactLimit] = [exactNumber(value), exactNumber(limit)];
  return exact && exactLimit && compareExactly(exact, exactLimit);
}

const orders = {
  '>': (difference: number) => difference > 0,
  '>=': (difference: number) => difference >= 0,
  '<': (difference: number) => difference < 0,
  '<=': (difference: number) => difference <= 0,
};

function orderOf(rule: QualityRule): Expectation | undefined {
  const limits = [
    ['>', rule.mustBeGreaterThan],
    ['>=', rule.mustBeGreaterOrEqualTo],
    ['<', rule.mustBeLessThan],
    ['<=', rule.mustBeLessOrEqualTo],
  ] as const;
  for (const [sign, limit] of limits) if (limit !== undefined) return order(sign, limit);
  return undefined;
}

function order(sign: keyof typeof orders, limit: number): Expectation {
  return {
    text: `${sign} ${limit}`,
    holds: (value) => {
      const difference = differenceOf(value, limit);
      return difference !== undefined && orders[sign](difference);
    },
  };
}

/** Both ends belong to the range. */
function rangeOf({ mustBeBetween, mustNotBeBetween }: QualityRule): Expectation | undefined {
  const range = mustBeBetween ?? mustNotBeBetween;
  if (range === undefined) return undefined;
  const isNumber = (value: RuleValue): boolean => exactNumber(value) !== undefined;
  const isInside = (value: RuleValue): boolean =>
    (differenceOf(value, range[0]) ?? -1) >= 0 && (differenceOf(value, range[1]) ?? 1) <= 0;
  const words = `between ${range.join(' and ')}`;
  return mustBeBetween
    ? { text: words, holds: isInside }
    : { text: `not ${words}`, holds: (value) => isNumber(value) && !isInside(value) };
}
