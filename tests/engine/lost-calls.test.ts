import { expect, test } from 'vitest';
import { foldRun } from '../../src/engine/runs/fold-run.ts';
import { openWorld } from './rerun-harness.ts';
import { promptStep, workflowOf } from './workflow-harness.ts';

// Each call costs a thousandth of a dollar, and as much is reserved for it.
const workflow = workflowOf([
  promptStep('a', 'x', { tools: [] }),
  promptStep('b', 'x', { tools: [], needs: ['a'] }),
]);
const script = () => ({ text: 'x' });
const budget = { tokens: 100_000_000 };

test.each([
  { limited: 'with a budget', options: { budget }, lostUsd: 0.001 },
  { limited: 'without one: nothing was reserved', options: {}, lostUsd: 0 },
])(
  'a model call that was lost counts as what was reserved for it, $limited',
  async ({ options, lostUsd }) => {
    const whole = openWorld({ script });
    await whole.run(workflow, options);
    const begun = whole
      .events()
      .findIndex((event) => event.type === 'call-begun' && event.position === 'b/m1');
    const events = whole.events().slice(0, begun + 1);

    const died = foldRun('run-1', events);
    expect([died.costUsd, died.settledUsd]).toEqual([0.001 + lostUsd, 0.001]);
    expect(died.steps.get('b')).toMatchObject({ costUsd: lostUsd, settledUsd: 0 });

    const next = openWorld({ script, past: { log: whole.log, events } });
    const { costUsd } = await next.resume(options);
    expect(costUsd).toBeCloseTo(0.002 + lostUsd, 9);
    expect(next.state().costUsd).toBeCloseTo(0.002 + lostUsd, 9);
    expect(next.state().steps.get('b')?.costUsd).toBeCloseTo(0.001 + lostUsd, 9);
  },
);

test('what is reserved is given back to the last fraction when the call ends', async () => {
  const world = openWorld({ script });
  const { costUsd } = await world.run(workflow, { budget });
  const { reserved, settledUsd, costUsd: folded } = world.state();
  expect({ open: reserved.size, settledUsd, folded }).toEqual({
    open: 0,
    settledUsd: costUsd,
    folded: costUsd,
  });
});
