import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ModelRequest } from '../../src/domain/model.ts';
import type { ScriptedReply } from '../../src/testing/index.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { openWorld, type World } from './rerun-harness.ts';
import { promptStep, workflowOf } from './workflow-harness.ts';

// Another model is asked for real, and its tools answer from the log.

const counter = () => {
  let count = 0;
  return defineTool({
    name: 'count',
    description: '.',
    effect: 'read',
    input: z.object({ of: z.string() }),
    run: ({ of }) => `${of} number ${++count}`,
  });
};
const send = defineTool({
  name: 'send',
  description: '.',
  input: z.object({ to: z.string() }),
  run: () => 'sent',
});

const calls = (...args: [string, object][]): ScriptedReply => ({
  toolCalls: args.map(([name, given]) => ({ name, arguments: given as never })),
});
const results = ({ messages }: ModelRequest) =>
  messages.flatMap((one) =>
    one.role === 'tool' ? one.content.map((part) => (part.type === 'text' ? part.text : '')) : [],
  );

async function recorded(turns: readonly ScriptedReply[], ...later: (readonly ScriptedReply[])[]) {
  const script = [turns, ...later];
  let which = 0;
  let at = 0;
  const heard: string[][] = [];
  const world: World = openWorld({
    script: (request) => {
      heard.push(results(request));
      return script[which]?.[at++] ?? 'done';
    },
    tools: [counter(), send],
  });
  await world.run(workflowOf([promptStep('a', 'Count.')]));
  which = 1;
  at = 0;
  const made = world.made.length;
  heard.length = 0;
  return { world, heard, madeSince: () => world.made.slice(made) };
}

const other = { live: 'models', models: { all: 'scripted:other' } } as const;

test('a call is matched by tool and arguments, whatever their order, and wherever in the conversation it comes', async () => {
  const { world, heard, madeSince } = await recorded(
    [calls(['count', { of: 'x' }]), calls(['count', { of: 'y' }]), 'done'],
    [calls(['count', { of: 'y' }], ['count', { of: 'x' }]), 'other words'],
  );
  const outcome = await world.replay(other);
  expect(outcome.result?.response).toBe('other words');
  expect(heard.at(-1)).toEqual(['y number 2', 'x number 1']);
  expect(madeSince()).toEqual([]);
});

test('equal calls are answered in the order in which they were, the last answer for all further ones', async () => {
  const one = calls(['count', { of: 'x' }]);
  const { world, heard } = await recorded([one, one, 'done'], [one, one, one, 'done']);
  await world.replay(other);
  expect(heard.at(-1)).toEqual(['x number 1', 'x number 2', 'x number 2']);
});

test.each([
  ['stops at a call that is not there', undefined, 'count', 'TOOL_NOT_RECORDED', []],
  ['makes it when it only reads', 'live', 'count', undefined, ['count a/t1.1']],
  ['never makes one that does more', 'live', 'send', 'TOOL_NOT_RECORDED', []],
] as const)('%s', async (_, onMiss, name, code, made) => {
  const args = name === 'count' ? { of: 'z' } : { to: 'Bea' };
  const { world, madeSince } = await recorded(
    [calls(['count', { of: 'x' }]), calls(['send', { to: 'Ada' }]), 'done'],
    [calls([name, args]), 'done'],
  );
  const outcome = await world.replay({ ...other, ...(onMiss && { onMiss }) });
  expect(outcome.error?.code).toBe(code);
  expect(madeSince()).toEqual(made);
});

test('steps whose model is not another one come from the log while they ask for the same', async () => {
  const world = openWorld({
    script: ({ messages }) => `words ${JSON.stringify(messages).length}`,
    tools: [counter()],
  });
  await world.run(
    workflowOf([
      promptStep('a', 'x'),
      promptStep('b', 'y'),
      promptStep('c', '{{ b.text }}', { needs: ['b'] }),
    ]),
  );
  const before = world.asked.length;
  const outcome = await world.replay({ live: 'models', models: { steps: { a: 'scripted:other' } } });
  expect(outcome.error).toBeUndefined();
  expect(world.asked.slice(before)).toEqual(['a/m1']);
});
