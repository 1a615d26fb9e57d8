import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Json } from '../../domain/json.ts';
import { type Helper, HelperFailure, isTruthy, kindOf } from './helper.ts';

/** For `when`, `until` and {{#if}}. Objects and lists are equal when they hold the same. */
export const comparisonHelpers: Readonly<Record<string, Helper>> = {
  eq: equality('eq', (equal) => equal),
  ne: equality('ne', (equal) => !equal),
  gt: ordering('gt', (order) => order > 0),
  gte: ordering('gte', (order) => order >= 0),
  lt: ordering('lt', (order) => order < 0),
  lte: ordering('lte', (order) => order <= 0),
  and: logic('and', (values) => values.every(isTruthy)),
  or: logic('or', (values) => values.some(isTruthy)),
  not: {
    ...logic('not', (values) => !isTruthy(values[0])),
    usage: 'not a',
    minArguments: 1,
    maxArguments: 1,
  },
};

function equality(name: string, answer: (equal: boolean) => boolean): Helper {
  return {
    usage: `${name} a b`,
    minArguments: 2,
    maxArguments: 2,
    apply: ([a = null, b = null]) => answer(canonicalJson(a) === canonicalJson(b)),
  };
}

function ordering(name: string, answer: (order: number) => boolean): Helper {
  return {
    usage: `${name} a b`,
    minArguments: 2,
    maxArguments: 2,
    apply: ([a, b]) => answer(orderOf(a, b)),
  };
}

// "10" < 9 has an answer in JavaScript and none that a person would expect: the types must agree.
function orderOf(a: Json | undefined, b: Json | undefined): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : Number(a > b);
  throw new HelperFailure(`compares two numbers or two strings, not ${kindOf(a)} with ${kindOf(b)}`);
}

function logic(name: string, answer: (values: readonly (Json | undefined)[]) => boolean): Helper {
  return {
    usage: `${name} a b …`,
    minArguments: 2,
    maxArguments: 16,
    mayBeAbsent: () => 'last',
    apply: (values) => answer(values),
  };
}
