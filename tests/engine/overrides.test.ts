import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/domain/canonical-json.ts';
import type { Json } from '../../src/domain/json.ts';
import type { LoadedWorkflow } from '../../src/domain/loaded-workflow.ts';
import { forkRun } from '../../src/runtime/rerun/fork-run.ts';
import type { Script } from '../../src/testing/index.ts';
import { addTool } from './harness.ts';
import { openWorld, settled } from './rerun-harness.ts';
import { innerStep, promptStep, workflowOf } from './workflow-harness.ts';

// Three turns are needed, two are allowed.
const add = addTool();
const script: Script = (_, { position }) =>
  position.includes('/m3') ? { text: 'done' } : { toolCalls: [{ name: 'add', arguments: { a: 1, b: 1 } }] };
const walk = promptStep('walk', 'Walk.', { limits: { turns: 2 } });
const flat = workflowOf([walk], { budget: { usd: 1 } });
const nested = workflowOf([innerStep('outer', workflowOf([walk], { id: 'inner' }), {})]);

const open = () => openWorld({ script, tools: [add] });
const eventsOf = ({ events }: ReturnType<typeof open>, type: string) =>
  events().filter((event) => event.type === type);

test.each<[string, LoadedWorkflow]>([
  ['of the workflow', flat],
  ['of an inner workflow', nested],
])(
  'a limit that is typed for a resume wins over those %s, and is no part of the definition',
  async (_, workflow) => {
    const world = open();
    expect(await settled(world.run(workflow))).toMatchObject({ code: 'LIMIT_REACHED' });
    const [started] = eventsOf(world, 'run-started');
    await world.resume({ limits: { turns: 3 } });
    expect(eventsOf(world, 'run-resumed')).toEqual([
      expect.objectContaining({ overrides: { limits: { turns: 3 } } }),
    ]);
    expect(eventsOf(world, 'run-resumed')[0]).not.toHaveProperty('definition');
    expect(world.state()).toMatchObject({ status: 'ok', started, overrides: [{ limits: { turns: 3 } }] });
  },
);

test('the next resume has to be told again, with the definition as recorded too', async () => {
  const world = open();
  await settled(world.run(flat));
  const stopped = { code: 'LIMIT_REACHED', message: expect.stringContaining('limit of 2 turns') };
  expect(await settled(world.resume({ limits: { turns: 2, toolCalls: 1 } }))).toMatchObject({
    code: 'LIMIT_REACHED',
  });
  expect(await settled(world.resume({ asRecorded: true }))).toMatchObject(stopped);
  expect(eventsOf(world, 'run-resumed').map((event) => 'overrides' in event)).toEqual([true, false]);
});

test('a replay has what the last part of the run had, and so has its replay', async () => {
  const world = open();
  await settled(world.run(flat));
  await world.resume({ limits: { turns: 3 } });
  const first = await world.replay();
  const second = await world.replay({}, first.runId);
  expect([first.error, first.equal, second.equal]).toEqual([undefined, true, true]);
});

test('a budget that is typed holds for one part', async () => {
  const world = open();
  await settled(world.run(flat));
  await world.resume({ limits: { turns: 3 }, budget: { usd: 7 } });
  const [resumed] = eventsOf(world, 'run-resumed');
  expect(resumed).toMatchObject({ overrides: { budget: { usd: 7 } } });
  expect(resumed).not.toHaveProperty('definition');
});

test('a fork says what was typed for it, and keeps the definition of its parent', async () => {
  const world = open();
  await settled(world.run(flat));
  const overrides = { limits: { turns: 3 }, budget: { usd: 7 } };
  const { runId } = await forkRun(world.runtime, 'run-1', {
    from: 'walk/m2',
    asRecorded: true,
    tools: [add],
    ...overrides,
  });
  const [parent, fork] = ['run-1', runId].map((id) => [...world.log.events(id)][0]);
  expect(fork).toMatchObject({ type: 'run-started', overrides });
  expect(parent).not.toHaveProperty('overrides');
  expect(fork).toHaveProperty('definition', parent && 'definition' in parent ? parent.definition : '');
});

test('a run whose older program made what was typed part of its definition is replayed all the same', async () => {
  const world = open();
  await settled(world.run(flat));
  await world.resume({ limits: { turns: 3 } });
  const steps = flat.steps.map((step) => ({ ...step, limits: { turns: 3 } }));
  const definition = world.log.store(canonicalJson({ ...flat, steps } as unknown as Json));
  const events = world.events().map((event) => {
    if (event.type !== 'run-resumed') return event;
    const { overrides: _, ...older } = event;
    return { ...older, definition };
  });
  const later = openWorld({ script, tools: [add], past: { log: world.log, events } });
  const outcome = await later.replay({ asRecorded: true });
  expect([outcome.error, outcome.equal]).toEqual([undefined, true]);
});
