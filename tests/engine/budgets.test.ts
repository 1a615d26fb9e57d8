import { describe, expect, test } from 'vitest';
import type { LoadedStep, LoadedWorkflow } from '../../src/domain/loaded-workflow.ts';
import type { Usage } from '../../src/domain/usage.ts';
import { pastOf } from '../../src/engine/journal/past.ts';
import { journalOfPast } from '../../src/engine/journal/past-journal.ts';
import { AiworkflowError, ModelError } from '../../src/errors/index.ts';
import { fixedClock, type Script } from '../../src/testing/index.ts';
import { callStep, innerStep, promptStep, workflowHarness, workflowOf } from './workflow-harness.ts';

// A thousand dollars for a million tokens in, ten thousand for a million out.
const cost = (_: string, usage: Usage) => usage.inputTokens * 0.001 + usage.outputTokens * 0.01;
const prices = { cost };
/** Every answer: 10 tokens in, 5 out, $0.06. */
const usage = { inputTokens: 10, outputTokens: 5 };
const answer = { text: 'x', usage };
const small = { settings: { maxOutputTokens: 100 } };
const failure = (code: 'MODEL_RATE_LIMITED' | 'MODEL_STREAM_BROKEN') => ({
  error: new ModelError({ code, message: 'x', retryable: true }),
});

/** Fits into no budget: its refusal says what all others have used. */
const last = (...needs: string[]) =>
  promptStep('last', 'x', { needs, settings: { maxOutputTokens: 10_000_000 } });

async function refusal(work: Promise<unknown>): Promise<AiworkflowError & { details: { used: number } }> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!AiworkflowError.is(error)) throw new Error('it was not refused');
  expect(error).toMatchObject({ code: 'BUDGET_EXCEEDED' });
  return error as AiworkflowError & { details: { used: number } };
}

const numbers = {
  response: {
    name: 'n',
    source: 'test',
    schema: { type: 'object', required: ['n'], properties: { n: { type: 'number' } } },
  },
};
const inner = (change: Partial<LoadedWorkflow> = {}) =>
  workflowOf([promptStep('ask', 'x', small), promptStep('again', 'x', { ...small, needs: ['ask'] })], {
    id: 'inner',
    ...change,
  });

describe('what was used is what was paid, whatever made the calls', () => {
  test.each<[string, LoadedStep[], Script, number]>([
    [
      'parallel branches',
      ['a', 'b', 'c'].map((id) => promptStep(id, 'x', small)),
      () => ({ ...answer, delayMs: 5 }),
      3,
    ],
    ['items', [promptStep('a', 'x {{ item }}', { ...small, forEach: 'params.list' })], () => answer, 4],
    ['rounds', [promptStep('a', 'x', { ...small, until: 'eq round 3' })], () => answer, 3],
    [
      'repairs',
      [promptStep('a', 'x', { ...small, ...numbers })],
      [
        { json: {}, usage },
        { json: { n: 'x' }, usage },
        { json: { n: 1 }, usage },
      ],
      3,
    ],
    [
      'attempts of a call that were refused, and cost nothing',
      [promptStep('a', 'x', small)],
      [failure('MODEL_RATE_LIMITED'), failure('MODEL_RATE_LIMITED'), answer],
      1,
    ],
    ['inner workflows', [innerStep('a', inner(), {})], () => answer, 2],
    ['calls of tools', [callStep('a', 'none', {}, { when: 'false' })], () => answer, 0],
  ])('%s', async (_, steps, script, calls) => {
    const h = workflowHarness(script, { prices });
    const workflow = workflowOf([...steps, last(...steps.map(({ id }) => id))], {
      budget: { usd: 1000, tokens: 1_000_000_000 },
      params: { list: { type: 'array', default: [1, 2, 3, 4] } },
    });
    const { details } = await refusal(h.runSteps(workflow));
    expect(details.used).toBeCloseTo(calls * 0.06, 9);
  });

  test('a call that broke off keeps all that was reserved for it', async () => {
    const h = workflowHarness([failure('MODEL_STREAM_BROKEN'), answer], { prices });
    const workflow = workflowOf([promptStep('a', 'x', small), last('a')], { budget: { usd: 1000 } });
    const { details } = await refusal(h.runSteps(workflow));
    const [broken] = h.events('call-begun');
    expect(broken?.reserved?.usd).toBeGreaterThan(1);
    expect(details.used).toBeCloseTo((broken?.reserved?.usd ?? 0) + 0.06, 9);
  });
});

describe('a refused call', () => {
  const workflow = (usd: number) =>
    workflowOf([promptStep('a', 'x', small), promptStep('b', 'x', { ...small, needs: ['a'] })], {
      budget: { usd, location: { file: 'workflows/test.yaml', line: 4, column: 9 } },
    });

  test('is not begun; the run is stopped, and goes on with more', async () => {
    const h = workflowHarness(() => answer, { prices });
    // a: $1.063 reserved, $0.06 used; b does not fit on top of it.
    const error = await refusal(h.runSteps(workflow(1.1)));
    expect(h.events('call-begun').map(({ position }) => position)).toEqual(['a/m1']);
    expect(h.events('run-ended')).toMatchObject([{ status: 'stopped', error: { code: 'BUDGET_EXCEEDED' } }]);
    expect(error.hint).toContain('aiworkflow resume run-1 --budget 2');
    expect(error.hint).toContain('workflows/test.yaml:4:9');

    const load = (key: string) => h.log.load(key) ?? '';
    const past = pastOf('run-1', h.log.events('run-1'), load);
    const { started } = past;
    const journal = journalOfPast(past, { own: true, closed: false, asked: load });
    const resumed = h.runSteps(workflow(2), {
      runId: 'run-1',
      journal,
      ...(started && { lineage: { resumes: started } }),
    });
    await expect(resumed).resolves.toMatchObject({ response: 'x' });
    expect(h.events('call-begun').map(({ position }) => position)).toEqual(['a/m1', 'b/m1']);
    expect(h.model.requests).toHaveLength(2);
  });

  test.each<[string, Partial<LoadedWorkflow>, string]>([
    ['of the workflow', { budget: { usd: 0.5 } }, 'The budget of workflow "test" is $0.5 a run: $0 used'],
    [
      'of a day',
      { budget: { tokens: 50, per: 'day' } },
      'The budget of workflow "test" is 50 tokens for 2025-06-15 (UTC): 0 tokens used',
    ],
  ])('%s says so', async (_, change, words) => {
    const h = workflowHarness([], { prices });
    const error = await refusal(h.runSteps(workflowOf([promptStep('a', 'x', small)], change)));
    expect(error.message).toContain(words);
    expect(error.message).toContain('scripted:model, a/m1');
  });

  test('of a day is no matter of this run: the hint says what to raise, and until when it lasts', async () => {
    const h = workflowHarness([], { prices });
    const location = { file: 'aiworkflow.yaml', line: 2, column: 3 };
    const { hint } = await refusal(
      h.runSteps(workflowOf([promptStep('a', 'x', small)]), {
        projectBudget: { usd: 0.5, per: 'day', location },
      }),
    );
    expect(hint).toContain(
      'raise `usd` of the budget in aiworkflow.yaml:2:3 to 2 or more, or wait until 2025-06-16 (UTC)',
    );
    expect(hint).toContain('aiworkflow resume run-1');
    expect(hint).not.toContain('--budget');
  });
});

describe('all budgets over a call hold', () => {
  const two = (change = {}) => [
    promptStep('a', 'x', { ...small, ...change }),
    promptStep('b', 'x', { ...small, needs: ['a'] }),
  ];
  const tight = { usd: 0.5 };
  const wide = { usd: 100 };
  test.each<[string, LoadedWorkflow, object, string | undefined]>([
    ['the project’s', workflowOf(two(), { budget: wide }), { projectBudget: tight }, 'a/m1'],
    ['the workflow’s', workflowOf(two(), { budget: tight }), { projectBudget: wide }, 'a/m1'],
    ['one of several', workflowOf(two(), { budget: [wide, { tokens: 20 }] }), {}, 'a/m1'],
    [
      'a step’s',
      workflowOf([...two(), promptStep('c', 'x', { ...small, needs: ['b'], budget: tight })]),
      {},
      'c/m1',
    ],
    [
      'an inner workflow’s',
      workflowOf([innerStep('i', inner({ budget: { usd: 1.1 } }), {})]),
      {},
      'i/again/m1',
    ],
    [
      'a step’s around an inner workflow',
      workflowOf([innerStep('i', inner(), {}, { budget: { usd: 1.1 } })]),
      {},
      'i/again/m1',
    ],
    [
      'a step’s inside an inner workflow',
      workflowOf([innerStep('i', workflowOf(two({ budget: tight })), {})]),
      {},
      'i/a/m1',
    ],
    ['none', workflowOf(two({ budget: wide }), { budget: wide }), { projectBudget: wide }, undefined],
  ])('%s', async (_, workflow, request, refused) => {
    const h = workflowHarness(() => answer, { prices });
    const run = h.runSteps(workflow, request);
    if (refused === undefined) return expect((await run).response).toBe('x');
    expect(await refusal(run)).toMatchObject({ details: { position: refused } });
    expect(h.events('call-begun').map(({ position }) => position)).not.toContain(refused);
  });

  test('a step’s counts its items, rounds and attempts together', async () => {
    const h = workflowHarness(() => answer, { prices });
    const step = promptStep('a', 'x', {
      ...small,
      forEach: 'params.list',
      concurrency: 1,
      budget: { usd: 1.15 },
    });
    const params = { list: { type: 'array' as const, default: [1, 2, 3, 4] } };
    expect(await refusal(h.runSteps(workflowOf([step], { params })))).toMatchObject({
      details: { position: 'a[2]/m1', account: 'run run-1/a' },
    });
  });

  test('an inner workflow’s begins anew with each item, and holds for all attempts at it', async () => {
    const each = innerStep('i', inner({ budget: { usd: 1.15 } }), {}, { forEach: 'params.list' });
    const params = { list: { type: 'array' as const, default: [1, 2, 3] } };
    const h = workflowHarness(() => answer, { prices });
    expect((await h.runSteps(workflowOf([each], { params }))).response).toEqual(['x', 'x', 'x']);
    const broken = inner({
      budget: { usd: 1.5 },
      steps: [promptStep('ask', 'x', { ...small, limits: { modelRetries: 0 } })],
    });
    const retried = workflowHarness(() => failure('MODEL_STREAM_BROKEN'), { prices });
    const step = innerStep('i', broken, {}, { retry: { attempts: 3, delayMs: 1 } });
    expect(await refusal(retried.runSteps([step]))).toMatchObject({ details: { position: 'i!2/ask/m1' } });
  });
});

describe('days and months', () => {
  test('are shared by all runs, and begin at midnight UTC', async () => {
    const clock = fixedClock(Date.UTC(2026, 10, 30, 23, 0));
    const h = workflowHarness(() => answer, { prices, clock });
    const workflow = workflowOf([promptStep('a', 'x', small)], { budget: { usd: 1.15, per: 'day' } });
    const month = { projectBudget: { usd: 1.3, per: 'month' as const } };
    await h.runSteps(workflow, month);
    await h.runSteps(workflow, month);
    expect(await refusal(h.runSteps(workflow, month))).toMatchObject({
      details: { account: 'test 2026-11-30', used: expect.closeTo(0.12, 9) },
    });
    const later = workflowHarness(() => answer, {
      prices,
      log: h.log,
      clock: fixedClock(Date.UTC(2026, 11, 1)),
      ids: { runId: () => 'next-day' },
    });
    await later.runSteps(workflow, month);
    expect([...h.log.events('next-day')].find(({ type }) => type === 'call-begun')).toMatchObject({
      reserved: { accounts: ['project 2026-12', 'test 2026-12-01'] },
    });
  });
});

describe('unknown prices', () => {
  const unknown = { prices: { cost: () => null } };
  const allowed = { usd: 1, allowUnknownPrice: true };
  test.each<[string, LoadedWorkflow['budget'], LoadedWorkflow['budget'], string]>([
    ['are refused by dollars', { usd: 1 }, undefined, 'PRICE_UNKNOWN'],
    ['are refused as long as one budget minds', allowed, { usd: 9 }, 'PRICE_UNKNOWN'],
    ['are nothing to tokens', { tokens: 1000 }, undefined, 'ok'],
    ['are made when all allow it', allowed, [allowed, { tokens: 1000 }], 'ok'],
  ])('%s', async (_, budget, projectBudget, outcome) => {
    const h = workflowHarness(() => answer, unknown);
    const run = h.runSteps(
      workflowOf([promptStep('a', 'x', small)], budget && { budget }),
      projectBudget && { projectBudget },
    );
    expect(
      await run.then(
        () => 'ok',
        (error: AiworkflowError) => error.code,
      ),
    ).toBe(outcome);
    expect(h.events('call-begun')).toHaveLength(outcome === 'ok' ? 1 : 0);
    if (outcome === 'ok') expect(h.events('call-begun')[0]?.reserved?.usd).toBeNull();
  });
});

test('without a budget nothing is reserved', async () => {
  const h = workflowHarness(() => answer, { prices });
  await h.runSteps([promptStep('a', 'x')]);
  expect(h.events('call-begun')[0]).not.toHaveProperty('reserved');
});

test('the definitions of tools and the contract are read with every request, and counted', async () => {
  const reservedFor = async (change: object) => {
    const h = workflowHarness(() => ({ json: { n: 1 } }), { prices });
    await h.runSteps(workflowOf([promptStep('a', 'x', { ...small, ...change })], { budget: { usd: 100 } }));
    return h.events('call-begun')[0]?.reserved?.tokens ?? 0;
  };
  const description = 'long '.repeat(1000);
  const long = { response: { ...numbers.response, schema: { ...numbers.response.schema, description } } };
  expect((await reservedFor(long)) - (await reservedFor(numbers))).toBeGreaterThanOrEqual(2500);
});
