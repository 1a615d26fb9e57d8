import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { LoadedStep } from '../../src/domain/loaded-workflow.ts';
import { ModelError, ToolError } from '../../src/errors/index.ts';
import type { CallableTool } from '../../src/ports/tool-source.ts';
import type { Script, ScriptedReply } from '../../src/testing/index.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { openWorld, settled } from './rerun-harness.ts';
import { callStep, promptStep, workflowOf } from './workflow-harness.ts';

// What ended badly is tried again by a resume, once more with all its tries; what is in the log stays as it is there.

const number = {
  name: 'answer',
  source: 'test',
  schema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] },
};
const overloaded = (): ScriptedReply => ({
  error: new ModelError({ code: 'MODEL_OVERLOADED', message: 'Later.', retryable: true }),
});
const call = (name: string): ScriptedReply => ({ toolCalls: [{ name, arguments: {} }] });
const tool = (name: string, effect: 'read' | 'irreversible', run: () => unknown = () => `${name}ed`) =>
  defineTool({ name, description: '.', effect, input: z.object({}), run });
const gone: CallableTool = {
  ...tool('send', 'irreversible'),
  call: () =>
    Promise.reject(new ToolError({ code: 'TOOL_SERVER_UNREACHABLE', message: 'The server is gone.' })),
};
const fails = () => Promise.reject(new Error('disk full'));

interface Case {
  readonly steps: readonly LoadedStep[];
  readonly script?: Script;
  readonly tools?: readonly CallableTool[];
  readonly code: string;
  readonly later?: Script;
  readonly laterTools?: readonly CallableTool[];
  readonly limits?: Record<string, number>;
  readonly laterLimits?: Record<string, number>;
  /** The calls that the resume makes. */
  readonly calls: readonly string[];
}

const look = tool('look', 'read');
const cases: Record<string, Case> = {
  'a refusal is asked again': {
    steps: [promptStep('a', 'x')],
    script: [{ text: 'No.', stopReason: 'refusal' }],
    code: 'MODEL_REFUSED',
    calls: ['a/m1!2'],
  },
  'an answer that was cut is asked again': {
    steps: [promptStep('a', 'x')],
    script: [call('look'), { text: 'and', stopReason: 'length' }],
    code: 'ANSWER_TRUNCATED',
    calls: ['a/m2!2'],
  },
  'retries begin anew': {
    steps: [promptStep('a', 'x')],
    script: overloaded,
    limits: { modelRetries: 1 },
    code: 'MODEL_OVERLOADED',
    later: (_, { position }) => (position.endsWith('!3') ? overloaded() : 'done'),
    laterLimits: { modelRetries: 1 },
    calls: ['a/m1!3', 'a/m1!4'],
  },
  'repair rounds begin anew': {
    steps: [promptStep('a', 'x', { response: number } as never)],
    script: () => ({ json: { n: 'x' } }),
    code: 'ANSWER_BREAKS_CONTRACT',
    later: (_, { position }) => ({ json: { n: position === 'a/m5' ? 1 : 'x' } }),
    calls: ['a/m4', 'a/m5'],
  },
  'a step with attempts has them before it once more': {
    steps: [promptStep('a', 'x', { retry: { attempts: 2, delayMs: 1 } })],
    script: () => ({ text: 'No.', stopReason: 'refusal' }),
    code: 'MODEL_REFUSED',
    calls: ['a!2/m1!2'],
  },
  'a call that was not made is made': {
    steps: [promptStep('a', 'x')],
    script: [call('send')],
    tools: [gone],
    code: 'TOOL_SERVER_UNREACHABLE',
    laterTools: [tool('send', 'irreversible')],
    calls: ['send a/t1.1', 'a/m2'],
  },
  'a call step that reads is called again': {
    steps: [callStep('a', 'look', {})],
    tools: [tool('look', 'read', fails)],
    code: 'TOOL_FAILED',
    calls: ['look a/call'],
  },
  'a limit on turns that was raised': {
    steps: [promptStep('a', 'x')],
    script: () => call('look'),
    limits: { turns: 2 },
    code: 'LIMIT_REACHED',
    laterLimits: { turns: 5 },
    calls: ['a/m3'],
  },
  'a failed item, beside those that ended': {
    steps: [promptStep('a', 'x {{ item }}', { forEach: '{{ params.list }}', concurrency: 1 })],
    script: ({ messages }) =>
      JSON.stringify(messages).includes('two') ? { text: 'No.', stopReason: 'refusal' } : 'fine',
    code: 'MODEL_REFUSED',
    calls: ['a[1]/m1!2', 'a[2]/m1'],
  },
};

const run = async (one: Case) => {
  const { steps, script = [], tools = [look], limits, later = () => 'done', laterTools = [look] } = one;
  const first = openWorld({ script, tools });
  const list = { list: { type: 'array' as const, default: ['one', 'two', 'three'] } };
  const failed = await settled(first.run(workflowOf(steps, { params: list }), { ...(limits && { limits }) }));
  const second = openWorld({
    script: later,
    tools: laterTools,
    past: { log: first.log, events: first.events() },
  });
  const resumed = await settled(second.resume({ ...(one.laterLimits && { limits: one.laterLimits }) }));
  return { failed, resumed, second };
};

describe('after a failure', () => {
  test.each(Object.entries(cases))('%s', async (_, one) => {
    const { failed, resumed, second } = await run(one);
    expect(failed).toMatchObject({ code: one.code });
    expect(resumed).toMatchObject({ runId: 'run-1' });
    expect([...second.made, ...second.asked].toSorted()).toEqual([...one.calls].toSorted());
    const replay = await second.replay();
    expect([replay.error, replay.equal]).toEqual([undefined, true]);
  });

  test('of a call step with effects a person decides, and the tool is not called by itself', async () => {
    const { resumed, second } = await run({
      steps: [callStep('a', 'send', {})],
      tools: [tool('send', 'irreversible', fails)],
      laterTools: [tool('send', 'irreversible')],
      code: 'TOOL_FAILED',
      calls: [],
    });
    expect(resumed).toMatchObject({ code: expect.stringMatching(/TOOL_FAILED|TOOL_OUTCOME_UNKNOWN/) });
    expect(second.made).toEqual([]);
  });

  test('a call step that fails once more fails, and is not called for ever', async () => {
    let failures = 0;
    const few = () => (++failures > 5 ? 'seen' : fails());
    const { resumed, second } = await run({
      steps: [callStep('a', 'look', {})],
      tools: [tool('look', 'read', few)],
      laterTools: [tool('look', 'read', few)],
      code: 'TOOL_FAILED',
      calls: [],
    });
    expect(resumed).toMatchObject({ code: 'TOOL_FAILED' });
    expect(second.made).toEqual(['look a/call']);
  });

  test('what fails once more fails, and is not tried for ever', async () => {
    const { resumed, second } = await run({
      steps: [promptStep('a', 'x')],
      script: () => ({ text: 'No.', stopReason: 'refusal' }),
      later: () => ({ text: 'No.', stopReason: 'refusal' }),
      code: 'MODEL_REFUSED',
      calls: [],
    });
    expect(resumed).toMatchObject({ code: 'MODEL_REFUSED' });
    expect(second.asked).toEqual(['a/m1!2']);
  });
});
