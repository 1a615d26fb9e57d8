import { expect, test } from 'vitest';
import { chosenBudgets, type RunBudgets } from '../../src/engine/budgets/chosen-budgets.ts';

const perDay = { usd: 9, per: 'day' as const };

test.each<[string, RunBudgets, RunBudgets]>([
  ['takes the place of the workflow’s', { budget: { usd: 2 } }, { budget: [{ usd: 5 }] }],
  ['takes the place of the project’s', { projectBudget: { usd: 2 } }, { budget: [{ usd: 5 }] }],
  ['is one where there was none', {}, { budget: [{ usd: 5 }] }],
  [
    'leaves tokens, days and months alone',
    { budget: [{ usd: 2, tokens: 70 }, perDay], projectBudget: [perDay, { usd: 1, per: 'run' }] },
    { budget: [{ usd: 5 }, { tokens: 70 }, perDay], projectBudget: [perDay] },
  ],
  [
    'keeps that unknown prices are allowed, where all allowed them',
    { budget: { usd: 2, allowUnknownPrice: true } },
    { budget: [{ usd: 5, allowUnknownPrice: true }] },
  ],
  [
    'minds unknown prices where one of them did',
    { budget: { usd: 2, allowUnknownPrice: true }, projectBudget: { usd: 3 } },
    { budget: [{ usd: 5 }] },
  ],
])('--budget 5 %s', (_, declared, expected) => {
  expect(chosenBudgets(declared, { usd: 5 })).toEqual(expected);
});

test('nothing chosen changes nothing', () => {
  const declared = { budget: { usd: 2 }, projectBudget: perDay };
  expect(chosenBudgets(declared, undefined)).toBe(declared);
});
