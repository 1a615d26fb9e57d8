import { expect, test } from 'vitest';
import { budgetExceeded } from '../../src/engine/budgets/budget-exceeded.ts';

const refused = (usedUsd: number) => {
  const account = { key: 'run run-1', usd: 0.3, tokens: 10, counts: { runId: 'run-1' } };
  return budgetExceeded({
    refusal: { account, usedUsd, usedTokens: 8 },
    drawn: [],
    charge: { accounts: [account], usd: 0.2, tokens: 5 },
    model: 'scripted:model',
    position: 'a/m1',
    run: { runId: 'run-1' },
  });
};

test.each([
  // 0.1 + 0.2 is more than 0.3 by a fraction that no account minds: it is the tokens that do not fit.
  { usedUsd: 0.1, unit: 'tokens', limit: 10 },
  { usedUsd: 0.11, unit: 'usd', limit: 0.3 },
])('a refusal names the limit that refused: $unit', ({ usedUsd, ...named }) => {
  expect(refused(usedUsd).details).toMatchObject(named);
});
