import { describe, expect, test } from 'vitest';
import { fieldAgreement } from '../../src/engine/swap/field-agreement.ts';
import { casesNeeded, passBound } from '../../src/engine/swap/pass-bound.ts';
import { pairedSpread, spreadOf } from '../../src/engine/swap/spread.ts';
import { endOfReplay } from '../../src/engine/swap/stops-swap.ts';
import { applyRules, defaultRules, type SwapFigures } from '../../src/engine/swap/swap-rules.ts';

const good: SwapFigures = {
  runs: 10,
  cases: 10,
  passed: 10,
  hasContract: true,
  worstField: { field: '/kind', share: 1 },
  ignoredFields: 0,
  missing: 0,
  effects: 0,
};

describe('the verdict', () => {
  test.each<[string, Partial<SwapFigures>, string, string]>([
    ['ten runs without a flaw', {}, 'safe', ''],
    ['nine are the fewest that prove it', { runs: 9, cases: 9, passed: 9 }, 'safe', ''],
    ['eight prove too little', { runs: 8, cases: 8, passed: 8 }, 'not enough evidence', 'that proves'],
    [
      'many items of few runs',
      { runs: 4, cases: 400, passed: 400 },
      'not enough evidence',
      'at least 5 runs',
    ],
    ['five runs of two items', { runs: 5, cases: 10, passed: 10 }, 'safe', ''],
    [
      'no case at all',
      { runs: 0, cases: 0, passed: 0, worstField: undefined },
      'not enough evidence',
      'at least',
    ],
    ['one answer that breaks the contract', { passed: 9 }, 'not safe', 'keeps the contract'],
    ['one of a thousand', { runs: 1000, cases: 1000, passed: 999 }, 'not safe', 'keeps the contract'],
    [
      'a field that agrees too seldom',
      { worstField: { field: '/kind', share: 0.94 } },
      'not safe',
      'every field',
    ],
    ['a field on the line', { worstField: { field: '/kind', share: 0.95 } }, 'safe', ''],
    [
      'prose that differs',
      { hasContract: false, worstField: { field: '', share: 0 } },
      'not enough evidence',
      'every field',
    ],
    ['prose that is the same', { hasContract: false, worstField: { field: '', share: 1 } }, 'safe', ''],
    ['all fields ignored', { worstField: undefined, ignoredFields: 2 }, 'safe', ''],
    ['a tool result that is missing', { missing: 1 }, 'not enough evidence', 'the log holds'],
    ['a call that changes something', { effects: 1 }, 'not safe', 'the same calls'],
    ['what is wrong weighs more than what is unknown', { missing: 1, passed: 9 }, 'not safe', 'keeps'],
  ])('%s', (_, change, verdict, rule) => {
    const judged = applyRules({ ...good, ...change });
    expect(judged.verdict).toBe(verdict);
    const first = judged.rules.find(({ result }) => result !== 'holds');
    expect(first?.rule ?? '').toContain(rule);
  });

  test('what was typed takes the place of the defaults, and is shown', () => {
    const rules = { minRuns: 2, minPassRate: 0.5, minAgreement: 0.8 };
    const few = { ...good, runs: 5, cases: 5, passed: 5, worstField: { field: '/kind', share: 0.9 } };
    expect(applyRules(few, rules).verdict).toBe('safe');
    expect(applyRules(few, defaultRules).verdict).toBe('not safe');
    expect(applyRules(few, rules).rules.map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(['at least 2 runs were compared', 'every field agrees in 80% of its values']),
    );
  });

  test('a share that does not reach the line is not rounded up to it', () => {
    const { rules } = applyRules({ ...good, worstField: { field: '/kind', share: 0.94996 } });
    expect(rules[3]).toMatchObject({ found: '/kind: 94.9%', result: 'broken' });
  });
});

// Exact bounds of Clopper and Pearson: for all passed (1/20)^(1/n), else the quantile of the beta distribution.
test.each([
  [0, 0, 0],
  [0, 10, 0],
  [1, 1, 0.05],
  [5, 5, 0.5493],
  [9, 10, 0.6058],
  [10, 10, 0.7411],
  [95, 100, 0.8977],
  [1000, 1000, 0.997],
])('%i of %i prove %f', (passed, of, bound) => {
  expect(passBound(passed, of)).toBeCloseTo(bound, 3);
});

test('as many cases as are said to be needed do prove it, and one fewer does not', () => {
  for (const share of [0.5, 0.7, 0.9, 0.99]) {
    const needed = casesNeeded(share);
    expect(passBound(needed, needed)).toBeGreaterThanOrEqual(share - 1e-9);
    expect(passBound(needed - 1, needed - 1)).toBeLessThan(share);
  }
});

describe('fields', () => {
  const pair = (was: unknown, now: unknown) => ({ original: 'r', path: 's', was, now }) as never;
  const shares = (pairs: ReturnType<typeof pair>[], ignore: string[] = []) =>
    fieldAgreement(pairs, ignore).map(({ field, equal, values }) => `${field} ${equal}/${values}`);

  test.each<[string, unknown, unknown, string[]]>([
    ['equal', { a: 1, b: [1, 2] }, { a: 1, b: [1, 2] }, ['/a 1/1', '/b/* 2/2']],
    ['a value', { a: 1, b: 2 }, { a: 1, b: 3 }, ['/b 0/1', '/a 1/1']],
    ['a field that is gone', { a: 1, b: 2 }, { a: 1 }, ['/b 0/1', '/a 1/1']],
    ['an element more', { l: [{ n: 1 }] }, { l: [{ n: 1 }, { n: 2 }] }, ['/l/*/n 1/2']],
    ['elements in another order', { l: ['a', 'b'] }, { l: ['b', 'a'] }, ['/l/* 1/3']],
    [
      'elements known by their id',
      {
        l: [
          { id: 'x', v: 1 },
          { id: 'y', v: 2 },
        ],
      },
      { l: [{ id: 'y', v: 2 }] },
      ['/l/*/id 1/2', '/l/*/v 1/2'],
    ],
    ['a list in place of a text', { a: 'x' }, { a: ['x', 'y'] }, ['/a 0/1', '/a/* 0/2']],
    ['a text', 'was', 'now', [' 0/1']],
    ['numbers as names', { m: { 0: 'a' } }, { m: { 0: 'b' } }, ['/m/0 0/1']],
    ['names with slashes', { 'a/b': 1 }, { 'a/b': 2 }, ['/a~1b 0/1']],
  ])('%s', (_, was, now, expected) => {
    expect(shares([pair(was, now)])).toEqual(expected);
  });

  test('add up over all answers, worst first, with the first example', () => {
    const found = fieldAgreement([
      pair({ a: 1, b: 1 }, { a: 1, b: 2 }),
      pair({ a: 1, b: 1 }, { a: 9, b: 8 }),
      pair({ a: 1, b: 1 }, { a: 1, b: 1 }),
    ]);
    expect(found.map(({ field, equal, values }) => [field, equal, values])).toEqual([
      ['/b', 1, 3],
      ['/a', 2, 3],
    ]);
    expect(found[0]?.example).toEqual({ original: 'r', path: 's', was: 1, now: 2 });
  });

  test('that are ignored stay in the table, with all that is in them', () => {
    const found = fieldAgreement([pair({ a: { x: 1 }, ab: 1 }, { a: { x: 2 }, ab: 2 })], ['/a']);
    expect(found.map(({ field, ignored }) => [field, ignored])).toEqual([
      ['/a/x', true],
      ['/ab', false],
    ]);
  });
});

describe('spread', () => {
  test('is of the differences case by case, and leaves out what is not known', () => {
    const spread = pairedSpread([
      [10, 1],
      [20, 30],
      [null, 5],
      [30, 31],
    ]);
    expect(spread).toMatchObject({
      pairs: 3,
      unknown: 1,
      was: { median: 20 },
      now: { median: 30 },
      delta: { min: -9, median: 1, max: 10 },
    });
  });
  test('of one value, of two, of none', () => {
    expect(spreadOf([4])).toEqual({ min: 4, q1: 4, median: 4, q3: 4, max: 4 });
    expect(spreadOf([0, 4])).toEqual({ min: 0, q1: 1, median: 2, q3: 3, max: 4 });
    expect(spreadOf([])).toBeNull();
  });
});

describe('what ends a replay', () => {
  const of = { replayId: 'r1', answered: false };
  test.each([
    ['MODEL_NOT_FOUND', undefined, false, 'stops'],
    ['MODEL_NOT_FOUND', undefined, true, 'stops'],
    ['INTERRUPTED', undefined, true, 'stops'],
    ['MODEL_OVERLOADED', undefined, false, 'stops'],
    ['MODEL_OVERLOADED', undefined, true, 'counts'],
    ['ANSWER_BREAKS_CONTRACT', undefined, true, 'counts'],
    ['REPLAY_DIVERGED', undefined, false, 'left-out'],
    ['TEXT_REDACTED', undefined, false, 'left-out'],
    ['BUDGET_EXCEEDED', { account: 'run swap-1' }, true, 'stops'],
    ['BUDGET_EXCEEDED', { account: 'project 2026-11-21' }, true, 'stops'],
    ['BUDGET_EXCEEDED', { account: 'run r1' }, true, 'counts'],
    ['BUDGET_EXCEEDED', { account: 'run r1/scan' }, true, 'counts'],
  ])('%s %j', (code, details, answered, kind) => {
    const failure = { code, ...(details && { details }) };
    expect(endOfReplay([failure], { ...of, answered }).kind).toBe(kind);
  });
  test('the second of two failures stops too', () => {
    expect(endOfReplay([{ code: 'TOOL_NOT_RECORDED' }, { code: 'MODEL_QUOTA' }], of).kind).toBe('stops');
  });
});
