import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import type { AuditEvent } from '../../../src/domain/events.ts';
import { ModelError } from '../../../src/errors/index.ts';
import { forkRun } from '../../../src/runtime/rerun/fork-run.ts';
import { openPast } from '../../../src/runtime/rerun/open-past.ts';
import { replayRun } from '../../../src/runtime/rerun/replay-run.ts';
import { replaySafety } from '../../../src/runtime/rerun/replay-safety.ts';
import { resolveCall } from '../../../src/runtime/rerun/resolve-call.ts';
import { resumeRun } from '../../../src/runtime/rerun/resume-run.ts';
import { withPrompt } from '../../../src/runtime/rerun/with-prompt.ts';
import { runLoadedWorkflow } from '../../../src/runtime/run-workflow-file.ts';
import type { Runtime } from '../../../src/runtime.ts';
import { defineTool } from '../../../src/tools/define-tool.ts';
import { openWorld, settled, type World } from '../../engine/rerun-harness.ts';
import { promptStep, workflowOf } from '../../engine/workflow-harness.ts';

const refusal = { text: 'No.', stopReason: 'refusal' } as const;
const tools = [
  defineTool({ name: 'look', description: '.', effect: 'read', input: z.object({}), run: () => 'seen' }),
];
const oneStep = workflowOf([promptStep('a', 'x')]);
const decision = { decision: 'retry', by: 'Ada', why: 'looked' } as const;

async function failedRun() {
  const first = openWorld({
    script: [{ error: new ModelError({ code: 'MODEL_AUTH', message: 'No key.' }) }],
    tools,
  });
  expect(await settled(first.run(oneStep))).toMatchObject({ code: 'MODEL_AUTH' });
  const world = openWorld({ script: [], past: { log: first.log, events: first.events() } });
  return { first, world };
}

/** Between the look at a run and its claim another process has brought it to its end. */
function endedMeanwhile({ runtime }: World) {
  const log: typeof runtime.log = {
    ...runtime.log,
    claim(runId) {
      runtime.log.append(runId, { type: 'run-resumed', at: 1, program: 'p' });
      runtime.log.append(runId, { type: 'run-ended', at: 2, status: 'ok' });
      runtime.log.release(runId);
      runtime.log.claim(runId);
    },
  };
  return { ...runtime, log };
}

describe('a run that ended well while it was waited for', () => {
  test('is not resumed', async () => {
    const { world } = await failedRun();
    const work = resumeRun(endedMeanwhile(world), 'run-1', { asRecorded: true });
    expect(await settled(work)).toMatchObject({ code: 'RUN_NOT_RESUMABLE' });
  });

  test('is not decided about', async () => {
    const { world } = await failedRun();
    const work = resolveCall(endedMeanwhile(world), 'run-1', { call: 'a/m1', ...decision });
    expect(await settled(work)).toMatchObject({ code: 'RUN_NOT_RESUMABLE' });
    expect(world.events().filter(({ type }) => type === 'call-resolved')).toEqual([]);
  });
});

test.each<[string, (world: World) => Promise<unknown>]>([
  ['resumed', ({ runtime }) => resumeRun(runtime, 'run-1', { asRecorded: false })],
  ['decided', ({ runtime }) => resolveCall(runtime, 'run-1', { call: 'a', ...decision })],
])('a run that cannot be %s is given back', async (_, work) => {
  const { world } = await failedRun();
  const failed = await settled(work(world));
  expect(failed).toMatchObject({ code: expect.any(String) });
  expect(world.log.isHeld('run-1')).toBe(false);
});

test('a replay of a run that failed, was resumed and died knows no end of it', async () => {
  const { first } = await failedRun();
  const resumed: AuditEvent = { type: 'run-resumed', at: 1, program: 'p' };
  const events = [...first.events(), resumed];
  const outcome = await openWorld({ script: [], past: { log: first.log, events } }).replay();
  expect(outcome).toMatchObject({ equal: false, ended: { recorded: 'cut off', now: 'failed' } });
});

test('a step whose last answer is edited asks nothing, and needs no model', async () => {
  const world = openWorld({ script: ['first', 'second'], tools });
  await world.run(workflowOf([promptStep('a', 'x'), promptStep('b', 'y', { needs: ['a'] })]));
  const over: unknown[] = [];
  const forked = await forkRun(world.runtime, 'run-1', {
    from: 'a',
    editedResult: 'other',
    asRecorded: true,
    tools,
    prepare: async (_, { isOver }) => void over.push(isOver('a'), isOver('b')),
  });
  expect([forked.runId, over, world.asked]).toEqual(['run-2', [true, false], ['a/m1', 'b/m1', 'b/m1']]);
});

test('a call that was decided about is no gap in the log', async () => {
  const { first } = await failedRun();
  const events = first.events().filter(({ type }) => !type.endsWith('-ended'));
  const world = openWorld({ script: [], past: { log: first.log, events } });
  const frozen = () => replaySafety(openPast(world.log, 'run-1'))[0]?.frozen;
  expect(frozen()).toEqual({ safe: false, why: 'a/m1 has no end in the log' });
  await resolveCall(world.runtime, 'run-1', { call: 'a/m1', ...decision });
  expect(frozen()).toMatchObject({ safe: true });
});

test.each([
  { own: { model: 'm:own' }, model: 'm:own' },
  { own: {}, model: 'm:file' },
])('another prompt: a model that stands in the workflow is kept: $model', async ({ own, model }) => {
  const folder = mkdtempSync(join(tmpdir(), 'aiworkflow-prompt-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'other.prompt');
  writeFileSync(file, '---\nmodel: m:file\n---\nOther words.\n');
  const { runtime } = openWorld({ script: [] });
  const workflow = workflowOf([promptStep('a', 'x', own)]);
  const changed = await withPrompt({ ...runtime, projectDir: folder }, workflow, { step: 'a', file });
  expect(changed.steps).toMatchObject([{ id: 'a', model }]);
});

test.each([
  { what: 'goes on after it', tools: [], code: undefined },
  { what: 'ends where tools would be needed', tools: ['*'], code: 'TOOL_NOT_RECORDED' },
])('another model, where the recorded one failed: $what', async ({ tools: patterns, code }) => {
  const world = openWorld({ script: [refusal, 'fine', 'done'], tools });
  const next = promptStep('b', 'y', { needs: ['a'], tools: patterns });
  await settled(world.run(workflowOf([promptStep('a', 'x'), next])));
  const { runtime } = world;
  const models = { all: 'other:model' };
  const outcome = await replayRun(runtime, 'run-1', { live: 'models', models, asRecorded: true });
  expect(outcome.error?.code).toBe(code);
  expect(world.asked).toEqual(['a/m1', 'a/m1', ...(code === undefined ? ['b/m1'] : [])]);
});

test('of two items that fail alike a frozen replay tells the one that failed first then', async () => {
  const delays = [60, 5];
  const world = openWorld({
    script: async (_, { position }) => {
      await new Promise((resolve) => setTimeout(resolve, delays[Number(position.at(2))]));
      return refusal;
    },
    tools,
  });
  const both = promptStep('a', 'x {{ item }}', { forEach: '{{ params.list }}', concurrency: 2 });
  const list = { list: { type: 'array' as const, default: ['one', 'two'] } };
  const failed = await settled(world.run(workflowOf([both], { params: list })));
  expect(failed).toMatchObject({ message: expect.stringContaining('a[1]') });
  expect((await world.replay()).error).toMatchObject({ message: world.state().error?.message });
});

/** With models of its own, opened by their ids. */
function withModels({ runtime }: World, open: Runtime['models']['open']): Runtime {
  const models = { open };
  return { ...runtime, models, services: { ...runtime.services, models } };
}

test('a frozen replay opens no model for a step that had come to no call', async () => {
  const first = openWorld({ script: ['fine'], tools });
  await first.run(oneStep);
  const events = first.events().filter(({ type }) => type === 'run-started' || type === 'step-started');
  const world = openWorld({ script: [], past: { log: first.log, events } });
  const runtime = withModels(world, () => Promise.reject(new Error('it was opened')));
  const outcome = await replayRun(runtime, 'run-1', { asRecorded: true, tools });
  expect(outcome).toMatchObject({ error: { code: 'REPLAY_ENDED' }, calls: 0 });
});

test('a run that was resumed with another model in the middle of a conversation is replayed as it was', async () => {
  const look = { toolCalls: [{ name: 'look', arguments: {} }] };
  const world = openWorld({ script: [look, refusal, 'done'], tools });
  const runtime = withModels(world, async (id) => ({ ...(await world.runtime.models.open(id)), id }));
  await settled(runLoadedWorkflow(runtime, oneStep, { tools }));
  const models = { all: 'other:model' };
  await resumeRun(runtime, 'run-1', { asRecorded: true, models, tools });
  const names = world.events().flatMap((event) => (event.type === 'call-begun' ? [event.name] : []));
  expect(names).toEqual(['scripted:model', 'look', 'scripted:model', 'other:model']);
  expect(await replayRun(runtime, 'run-1', { asRecorded: true })).toMatchObject({ equal: true });
});
