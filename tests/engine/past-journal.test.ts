import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { LoadedStep } from '../../src/domain/loaded-workflow.ts';
import { AiworkflowError, ModelError, ToolError } from '../../src/errors/index.ts';
import type { CallableTool } from '../../src/ports/tool-source.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import type { Script } from '../../src/testing/index.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { openWorld, settled } from './rerun-harness.ts';
import { callStep, innerStep, promptStep, workflowOf } from './workflow-harness.ts';

// However a run ended, its frozen replay ends so too, in every step, and asks nobody.

const number = {
  name: 'answer',
  source: 'test',
  schema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
};
const refusal = { text: 'No.', stopReason: 'refusal' } as const;
const toolOf = (name: string, run: () => unknown, effect: 'read' | 'irreversible' = 'read') =>
  defineTool({ name, description: '.', effect, input: z.object({}), run });
const call = (name: string) => ({ toolCalls: [{ name, arguments: {} }] });
const lost = (name: string, code: 'TOOL_OUTCOME_UNKNOWN' | 'TOOL_SERVER_UNREACHABLE'): CallableTool => ({
  ...toolOf(name, () => 'x', 'irreversible'),
  call: () => Promise.reject(new ToolError({ code, message: 'It is gone.' })),
});
/** By the step's name: fails, each after its own time. */
const failsAfter =
  (ms: Readonly<Record<string, number>>): Script =>
  async (_, { position }) => {
    const id = position.replace(/\/.*$/, '').replace(/!.*$/, '');
    await new Promise((resolve) => setTimeout(resolve, ms[id] ?? 0));
    return id.startsWith('a') ? refusal : { json: { n: 'x' } };
  };

interface Ending {
  readonly steps: readonly LoadedStep[];
  readonly script: Script;
  readonly code: string;
  readonly status?: string;
  readonly tools?: readonly CallableTool[];
  readonly limits?: Record<string, number>;
  readonly budget?: { readonly tokens: number };
  readonly interruptAt?: string;
}

const contracted = (id: string, change = {}) =>
  promptStep(id, `Do ${id}.`, { response: number, ...change } as never);

const endings: Record<string, Ending> = {
  'a refusal': { steps: [promptStep('a', 'x')], script: [refusal], code: 'MODEL_REFUSED' },
  'an answer that was cut': {
    steps: [promptStep('a', 'x')],
    script: [{ text: 'and then', stopReason: 'length' }],
    code: 'ANSWER_TRUNCATED',
  },
  'a broken contract': {
    steps: [contracted('a')],
    script: () => ({ json: { n: 'x' } }),
    code: 'ANSWER_BREAKS_CONTRACT',
  },
  'retries that were used up': {
    steps: [promptStep('a', 'x')],
    script: () => ({
      error: new ModelError({ code: 'MODEL_OVERLOADED', message: 'Later.', retryable: true }),
    }),
    code: 'MODEL_OVERLOADED',
  },
  'step attempts that were used up': {
    steps: [contracted('a', { retry: { attempts: 3, delayMs: 5 } })],
    script: () => ({ json: { n: 'x' } }),
    code: 'ANSWER_BREAKS_CONTRACT',
  },
  'rounds that were used up': {
    steps: [promptStep('a', 'x {{ round }}', { until: '{{ eq 1 2 }}', maxRounds: 2 })],
    script: () => 'again',
    code: 'ROUNDS_EXHAUSTED',
  },
  'a failed item beside others': {
    steps: [promptStep('a', 'x {{ item }}', { forEach: '{{ params.list }}', concurrency: 2 })],
    script: ({ messages }) => (JSON.stringify(messages).includes('two') ? refusal : 'fine'),
    code: 'MODEL_REFUSED',
  },
  'two branches, the first one first': {
    steps: [promptStep('a', 'x'), contracted('b'), promptStep('c', 'y', { needs: ['b'] })],
    script: failsAfter({ a: 5, b: 30 }),
    code: 'MODEL_REFUSED',
  },
  'two branches, the second one first': {
    steps: [promptStep('a', 'x'), contracted('b'), promptStep('c', 'y', { needs: ['a'] })],
    script: failsAfter({ a: 60, b: 1 }),
    code: 'ANSWER_BREAKS_CONTRACT',
  },
  'two items, the second one first': {
    steps: [promptStep('a', 'x {{ item }}', { forEach: '{{ params.list }}', concurrency: 3 })],
    script: async (_, { position }) => {
      await new Promise((resolve) => setTimeout(resolve, position.startsWith('a[0]') ? 60 : 5));
      return position.startsWith('a[0]') ? refusal : { text: 'cut', stopReason: 'length' };
    },
    code: 'ANSWER_TRUNCATED',
  },
  'a step that had begun when another failed': {
    steps: [
      promptStep('a', 'x'),
      contracted('b'),
      callStep('c', 'look', {}, { needs: ['d'] }),
      callStep('d', 'look', {}),
    ],
    script: failsAfter({ a: 40, b: 60 }),
    tools: [toolOf('look', () => 'seen')],
    code: 'MODEL_REFUSED',
  },
  'inside an inner workflow': {
    steps: [
      innerStep('outer', workflowOf([promptStep('a', 'x'), promptStep('z', 'y', { needs: ['a'] })]), {}),
    ],
    script: [refusal],
    code: 'MODEL_REFUSED',
  },
  'a tool of a call step': {
    steps: [callStep('a', 'shout', {})],
    script: [],
    tools: [toolOf('shout', () => Promise.reject(new Error('too loud')))],
    code: 'TOOL_FAILED',
  },
  'a limit on turns': {
    steps: [promptStep('a', 'x')],
    script: () => call('look'),
    tools: [toolOf('look', () => 'seen')],
    limits: { turns: 2 },
    code: 'LIMIT_REACHED',
    status: 'stopped',
  },
  'a limit on time, in a call': {
    steps: [promptStep('a', 'x')],
    script: [call('look'), { text: 'late', delayMs: 60_000 }],
    tools: [toolOf('look', () => 'seen')],
    limits: { wallTimeMs: 150 },
    code: 'LIMIT_REACHED',
    status: 'stopped',
  },
  'a budget': {
    steps: [
      promptStep('a', 'x', { settings: { maxOutputTokens: 10 } } as never),
      promptStep('b', '{{ a.text }}', { needs: ['a'] }),
    ],
    script: () => 'words',
    budget: { tokens: 40 },
    code: 'BUDGET_EXCEEDED',
    status: 'stopped',
  },
  'an interruption in a call': {
    steps: [promptStep('a', 'x'), promptStep('b', 'y', { needs: ['a'] })],
    script: [call('look'), { text: 'late', delayMs: 60_000 }],
    tools: [toolOf('look', () => 'seen')],
    interruptAt: 'a/m2',
    code: 'INTERRUPTED',
    status: 'interrupted',
  },
  'an interruption of several items': {
    steps: [promptStep('a', 'x {{ item }}', { forEach: '{{ params.list }}', concurrency: 2 })],
    script: () => ({ text: 'late', delayMs: 60_000 }),
    interruptAt: 'a[1]/m1',
    code: 'INTERRUPTED',
    status: 'interrupted',
  },
  'an interruption between attempts': {
    steps: [contracted('a', { retry: { attempts: 2, delayMs: 59_000 } })],
    script: () => ({ json: { n: 'x' } }),
    interruptAt: 'a/m3',
    code: 'INTERRUPTED',
    status: 'interrupted',
  },
  'an interruption in a call with effects': {
    steps: [promptStep('a', 'x'), promptStep('b', 'y', { needs: ['a'] })],
    script: [call('send')],
    tools: [
      defineTool({
        name: 'send',
        description: '.',
        input: z.object({}),
        run: () => new Promise((resolve) => setTimeout(resolve, 5000)),
      }),
    ],
    interruptAt: 'a/m1',
    code: 'TOOL_OUTCOME_UNKNOWN',
    status: 'interrupted',
  },
  'a call in doubt': {
    steps: [promptStep('a', 'x'), promptStep('b', 'y', { needs: ['a'] })],
    script: [call('send'), 'never'],
    tools: [lost('send', 'TOOL_OUTCOME_UNKNOWN')],
    code: 'TOOL_OUTCOME_UNKNOWN',
    status: 'waiting',
  },
  'a server that was gone': {
    steps: [promptStep('a', 'x')],
    script: [call('send'), 'never'],
    tools: [lost('send', 'TOOL_SERVER_UNREACHABLE')],
    code: 'TOOL_SERVER_UNREACHABLE',
  },
  'a tool that nobody offered': {
    steps: [promptStep('a', 'x', { tools: ['none'] } as never)],
    script: [],
    code: 'TOOL_UNKNOWN',
  },
  'a template without its value': {
    steps: [promptStep('a', 'x'), promptStep('b', '{{ params.absent }}', { needs: ['a'] })],
    script: ['fine'],
    code: 'TEMPLATE_MISSING_VALUE',
  },
  'a condition that cannot be evaluated': {
    steps: [promptStep('a', 'x'), promptStep('b', 'y', { needs: ['a'], when: '{{ params.absent }}' })],
    script: ['fine'],
    code: 'TEMPLATE_MISSING_VALUE',
  },
};

describe('a frozen replay ends as the recorded run did:', () => {
  test.each(Object.entries(endings))('%s', async (_, ending) => {
    const { steps, code, status = 'failed', script, tools = [], limits, budget, interruptAt } = ending;
    const controller = new AbortController();
    const world = openWorld({
      script: (request, context) => {
        if (context.position === interruptAt) setTimeout(() => controller.abort(), 20);
        return typeof script === 'function' ? script(request, context) : (script[asked++] ?? 'done');
      },
      tools: tools.length > 0 ? tools : [toolOf('look', () => 'seen')],
      ...((limits || interruptAt) && { clock: systemClock }),
    });
    let asked = 0;
    const workflow = workflowOf(steps, {
      params: { list: { type: 'array', default: ['one', 'two', 'three'] } },
    });
    const run = world.run(workflow, {
      signal: controller.signal,
      ...(limits && { limits }),
      ...(budget && { budget }),
    });
    expect(await settled(run)).toMatchObject({ code });
    expect(world.state().status).toBe(status);
    const before = [world.asked.length, world.made.length];
    const outcome = await world.replay();
    expect(outcome.steps.filter(({ equal }) => !equal)).toEqual([]);
    expect([outcome.error?.code, outcome.ended.now, outcome.equal]).toEqual([code, status, true]);
    expect([world.asked.length, world.made.length]).toEqual(before);
    const again = await world.replay({}, outcome.runId);
    expect([again.error?.code, again.equal]).toEqual([code, true]);
  });
});

test('what failed with the old prompt and was asked with the new one is replayed as it was', async () => {
  const broken = () => ({ error: new ModelError({ code: 'MODEL_AUTH', message: 'No.' }) });
  let answer: () => object = broken;
  const world = openWorld({ script: () => answer() as never, tools: [toolOf('look', () => 'seen')] });
  await settled(world.run(workflowOf([promptStep('a', 'Old words.')])));
  answer = () => ({ text: 'fine' });
  const workflow = workflowOf([promptStep('a', 'New words.')]);
  const { definition: _, ...started } = world.state().started ?? { definition: '' };
  const { journalOfPast } = await import('../../src/engine/journal/past-journal.ts');
  const { openPast } = await import('../../src/runtime/rerun/open-past.ts');
  const past = openPast(world.log, 'run-1');
  const resumed = await world.run(workflow, {
    runId: 'run-1',
    lineage: { resumes: started as never },
    journal: journalOfPast(past, { own: true, closed: false, asked: () => undefined }),
  });
  expect([resumed.response, world.asked]).toEqual(['fine', ['a/m1', 'a/m1!2']]);
  const outcome = await world.replay();
  expect(AiworkflowError.is(outcome.error) && outcome.error.message).toBe(false);
  expect(outcome.equal).toBe(true);
});

test('after a divergence no step begins that needs the one that diverged', async () => {
  const world = openWorld({ script: () => 'fine', tools: [toolOf('look', () => 'seen')] });
  const after = [
    promptStep('b', 'Use {{ a.text }}', { needs: ['a'] }),
    promptStep('c', 'Use {{ b.text }}', { needs: ['b'] }),
    promptStep('apart', 'Beside them'),
  ];
  await world.run(workflowOf([promptStep('a', 'Old words.'), ...after]));
  const { runId, error } = await world.replay({
    workflow: workflowOf([promptStep('a', 'New words.'), ...after]),
  });
  expect(error).toMatchObject({ code: 'REPLAY_DIVERGED', message: expect.stringContaining('a/m1') });
  const begun = [...world.log.events(runId)].flatMap((event) =>
    event.type === 'step-started' ? [event.step] : [],
  );
  expect(begun.toSorted()).toEqual(['a', 'apart']);
});
