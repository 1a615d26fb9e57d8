import { describe, expect, test } from 'vitest';
import { accountsAt, type HeldBudget, hold, periodOf } from '../../src/engine/budgets/accounts.ts';

const atMs = Date.UTC(2026, 10, 21, 13, 45);
const day = { fromMs: Date.UTC(2026, 10, 21), toMs: Date.UTC(2026, 10, 22) };
const month = { fromMs: Date.UTC(2026, 10, 1), toMs: Date.UTC(2026, 11, 1) };
const accounts = (...held: HeldBudget[]) =>
  accountsAt(held, { runId: 'r1', atMs }).map(({ account }) => account);

test.each<[string, HeldBudget, object]>([
  ['a run', { path: '', budget: { usd: 2 } }, { key: 'run r1', usd: 2, counts: { runId: 'r1' } }],
  [
    'a step of a run',
    { workflowId: 'w', step: 'check', path: 'curate[2]/check', budget: { tokens: 5 } },
    { key: 'run r1/curate[2]/check', tokens: 5, counts: { runId: 'r1', step: 'curate[2]/check' } },
  ],
  [
    'a day of the project',
    { path: '', budget: { usd: 2, per: 'day' } },
    { key: 'project 2026-11-21', usd: 2, counts: day },
  ],
  [
    'a month of a workflow',
    { workflowId: 'w', path: '', budget: { usd: 2, per: 'month' } },
    { key: 'w 2026-11', usd: 2, counts: { workflowId: 'w', ...month } },
  ],
  [
    'a day of a step, wherever it runs',
    { workflowId: 'w', step: 'scan', path: 'outer~2/scan', budget: { usd: 2, per: 'day' } },
    { key: 'w/scan 2026-11-21', usd: 2, counts: { workflowId: 'w', step: 'scan', ...day } },
  ],
  [
    'another run that pays',
    { path: '', runId: 'swap-1', budget: { usd: 1 } },
    { key: 'run swap-1', usd: 1, counts: { runId: 'swap-1' } },
  ],
])('%s', (_, held, account) => {
  expect(accounts(held)).toEqual([account]);
});

test('a workflow that is called "project" has an account of its own', () => {
  const per = 'day' as const;
  const both = accounts(
    { path: '', budget: { usd: 9, per } },
    { workflowId: 'project', path: '', budget: { usd: 1, per } },
  );
  expect(both.map(({ usd }) => usd)).toEqual([9, 1]);
});

test('budgets for the same calls are one account with the least of their limits, so that no call counts twice', () => {
  const held = [
    ...hold({ usd: 5, tokens: 100 }, { path: '' }),
    ...hold([{ usd: 2 }, { tokens: 300 }, { usd: 9, per: 'day' }], { workflowId: 'w', path: '' }),
  ];
  const drawn = accountsAt(held, { runId: 'r1', atMs });
  expect(drawn.map(({ account }) => [account.key, account.usd, account.tokens])).toEqual([
    ['run r1', 2, 100],
    ['w 2026-11-21', 9, undefined],
  ]);
  expect(drawn.map((one) => one.held.length)).toEqual([3, 1]);
});

describe('periods', () => {
  test.each([
    ['day', '2026-02-28T23:59:59.999Z', '2026-02-28', '2026-03-01'],
    ['day', '2026-12-31T12:00:00.000Z', '2026-12-31', '2027-01-01'],
    ['month', '2026-12-31T12:00:00.000Z', '2026-12', '2027-01-01'],
    ['month', '2028-02-29T00:00:00.000Z', '2028-02', '2028-03-01'],
  ] as const)('the %s of %s is %s, until %s', (per, at, name, until) => {
    const period = periodOf(per, Date.parse(at));
    expect(period.name).toBe(name);
    expect(new Date(period.toMs).toISOString()).toBe(`${until}T00:00:00.000Z`);
    expect(periodOf(per, period.toMs - 1)).toEqual(period);
    expect(periodOf(per, period.toMs).fromMs).toBe(period.toMs);
  });
});
