import { expect, test } from 'vitest';
import { z } from 'zod';
import type { LoadedStep } from '../../src/domain/loaded-workflow.ts';
import type { EffectClass } from '../../src/domain/tool.ts';
import { ModelError } from '../../src/errors/index.ts';
import type { Script, ScriptedReply } from '../../src/testing/index.ts';
import { defineTool } from '../../src/tools/define-tool.ts';
import { openWorld, settled } from './rerun-harness.ts';
import { promptStep, workflowOf } from './workflow-harness.ts';

// A conversation goes on after its first turn called a tool; the model was gone at the second.

const tool = (effect: EffectClass) =>
  defineTool({ name: 'send', description: '.', effect, input: z.object({}), run: () => 'sent' });
const call: ScriptedReply = { toolCalls: [{ name: 'send', arguments: {} }] };
const gone: ScriptedReply = { error: new ModelError({ code: 'MODEL_AUTH', message: 'No key.' }) };
const twice = promptStep('a', 'x', { retry: { attempts: 2, delayMs: 1 } });
const refusal: ScriptedReply = { text: 'No.', stopReason: 'refusal' };

async function resumed(
  step: LoadedStep,
  { was, now, later }: { readonly was: EffectClass; readonly now: EffectClass; readonly later: Script },
) {
  // Whatever attempt it is that asks: the first two answers are the same.
  const script: Script = (_, { position }) => (position.endsWith('/m1') ? call : gone);
  const first = openWorld({ script, tools: [tool(was)] });
  expect(await settled(first.run(workflowOf([step])))).toMatchObject({ code: 'MODEL_AUTH' });
  const past = { log: first.log, events: first.events() };
  const second = openWorld({ script: later, tools: [tool(now)], past });
  return { outcome: await settled(second.resume()), second };
}

test.each<[EffectClass, EffectClass, string | undefined]>([
  ['read', 'read', undefined],
  ['irreversible', 'idempotent', undefined],
  ['read', 'idempotent', 'TOOL_CHANGED'],
  ['idempotent', 'irreversible', 'TOOL_CHANGED'],
])('a tool that was of class %s and is of class %s: %s', async (was, now, code) => {
  const { outcome, second } = await resumed(promptStep('a', 'x'), { was, now, later: [call, 'done'] });
  expect(outcome).toMatchObject(code === undefined ? { response: 'done' } : { code });
  expect(second.made).toEqual(code === undefined ? ['send a/t2.1'] : []);
});

test.each<[EffectClass, readonly string[]]>([
  ['irreversible', ['a/m2!2']],
  // It had used up its attempts before.
  ['read', ['a!2/m2!2']],
])('with attempts, and a call of class %s in the log, a refusal ends it after %j', async (effect, asked) => {
  const { outcome, second } = await resumed(twice, { was: effect, now: effect, later: () => refusal });
  expect(outcome).toMatchObject({ code: 'MODEL_REFUSED' });
  expect([second.asked, second.made]).toEqual([asked, []]);
});
