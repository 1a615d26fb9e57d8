import { describe, expect, test } from 'vitest';
import { type Script, scriptedModel } from '../../src/testing/index.ts';
import { openWorld } from './rerun-harness.ts';
import { promptStep, workflowHarness, workflowOf } from './workflow-harness.ts';

const script: Script = () => ({ text: 'x' });
const ask = (id: string, model: string, needs: string[] = []) =>
  promptStep(id, 'x', { model, needs, tools: [], settings: { maxOutputTokens: 100 } });

/** Models that are named `recorded:…` answer from a recording; all others are asked. */
function harnessOfBoth() {
  const live = scriptedModel(script);
  const models = {
    open: async (id: string) =>
      ({ ...live, id, source: id.startsWith('recorded:') ? 'recorded' : 'live' }) as const,
  };
  return workflowHarness(script, { models });
}

describe('a model that answers from a recording', () => {
  test('draws on no budget, in a run whose live calls do', async () => {
    const h = harnessOfBoth();
    // Holds one call, and no other.
    const workflow = workflowOf(
      [ask('a', 'recorded:x'), ask('b', 'live:x', ['a']), ask('c', 'recorded:x', ['b'])],
      { budget: { tokens: 200 } },
    );
    await expect(h.runSteps(workflow)).resolves.toMatchObject({ response: 'x' });
    const reserved = h.events('call-begun').map((event) => [event.position, event.reserved !== undefined]);
    expect(reserved).toEqual([
      ['a/m1', false],
      ['b/m1', true],
      ['c/m1', false],
    ]);
  });

  test('a live one that does not fit is refused beside it', async () => {
    const h = harnessOfBoth();
    const workflow = workflowOf([ask('a', 'recorded:x'), ask('b', 'live:x', ['a'])], {
      budget: { tokens: 1 },
    });
    await expect(h.runSteps(workflow)).rejects.toMatchObject({
      code: 'BUDGET_EXCEEDED',
      details: { position: 'b/m1', used: 0 },
    });
  });
});

describe('a replay', () => {
  const workflow = (budget = {}) => workflowOf([ask('a', 'live:x')], budget);
  const nothingLeft = workflow({ budget: { tokens: 1, per: 'day' } });

  test('of recorded calls draws on no budget', async () => {
    const world = openWorld({ script });
    await world.run(workflow());
    const outcome = await world.replay({ workflow: nothingLeft });
    expect(outcome).toMatchObject({ equal: true });
    const begun = [...world.log.events(outcome.runId)].filter(({ type }) => type === 'call-begun');
    expect(begun).toEqual([expect.not.objectContaining({ reserved: expect.anything() })]);
  });

  test('whose models are asked does', async () => {
    const world = openWorld({ script });
    await world.run(workflow());
    const outcome = await world.replay({ workflow: nothingLeft, live: 'models', models: { all: 'live:y' } });
    expect(outcome.error).toMatchObject({ code: 'BUDGET_EXCEEDED' });
    expect(world.asked).toEqual(['a/m1']);
  });
});
