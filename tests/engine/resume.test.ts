import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../src/domain/events.ts';
import type { LoadedWorkflow } from '../../src/domain/loaded-workflow.ts';
import type { ToolMessage } from '../../src/domain/message.ts';
import { callOfPosition, type Position } from '../../src/domain/position.ts';
import type { WorkflowResult } from '../../src/domain/result.ts';
import { applyEvent, foldRun, newRunState, type RunState } from '../../src/engine/runs/fold-run.ts';
import { AiworkflowError } from '../../src/errors/index.ts';
import type { MemoryLog } from '../../src/testing/index.ts';
import { steadyModel, steadyTools, workflowOfPlans, workflowPlans } from './random-workflow.ts';
import { callsOf, openWorld, settled, type World } from './rerun-harness.ts';

// A run is cut off after each of its events in turn, and goes on in a process of its own. Whatever was on disk by
// then, the end is the one of the undisturbed run, and nothing that cannot be taken back is done twice.

interface Whole {
  readonly events: readonly AuditEvent[];
  readonly log: MemoryLog;
  readonly result: WorkflowResult;
}

async function undisturbed(workflow: LoadedWorkflow): Promise<Whole | undefined> {
  const world = openWorld({ script: steadyModel, tools: steadyTools });
  const result = await settled(world.run(workflow));
  if (AiworkflowError.is(result)) return undefined;
  return { events: world.events(), log: world.log, result };
}

const afterCrash = ({ log }: Pick<Whole, 'log'>, events: readonly AuditEvent[]): World =>
  openWorld({ script: steadyModel, tools: steadyTools, past: { log, events } });

/** Goes on until the run has ended, with a person's word for every call that stays in doubt. */
async function resumeToTheEnd(
  world: World,
  whole: Whole,
  decision: 'retry' | 'result',
): Promise<WorkflowResult> {
  for (let time = 0; time < 20; time++) {
    const outcome = await settled(world.resume());
    if (!AiworkflowError.is(outcome)) return outcome;
    if (outcome.code !== 'TOOL_OUTCOME_UNKNOWN') throw outcome;
    expect(world.state().status).toBe('waiting');
    await world.decide(decision, (position) => recordedText(whole, position));
  }
  throw new Error('it never came to an end');
}

function recordedText({ events, log }: Whole, position: Position): string {
  const end = events.find((event) => event.type === 'call-ended' && event.position === position);
  const text = log.load((end?.type === 'call-ended' && end.result) || '') ?? '{"content":[]}';
  const [part] = (JSON.parse(text) as ToolMessage).content;
  return part?.type === 'text' ? part.text : '';
}

/** What must hold of the run that went on, however it was cut off. */
function expectSound(world: World, past: readonly AuditEvent[], decision: 'retry' | 'result'): void {
  const { begun, endedCalls } = callsOf(past);
  const before = new Set([...begun].map(callOfPosition));
  const sent = world.made.filter((call) => call.startsWith('send ')).map((call) => call.slice(5));
  const events = world.events();
  const [begunNow, endedNow] = (['call-begun', 'call-ended'] as const).map((type) =>
    events.flatMap((event) => (event.type === type ? [event.position] : [])),
  );
  const over = events.flatMap((event) =>
    event.type === 'step-ended' && event.status === 'ok' ? [event.step] : [],
  );
  expect({
    askedAgain: world.asked.filter((position) => endedCalls.has(callOfPosition(position))),
    sentAgain: sent.filter((call) => (decision === 'result' ? before : endedCalls).has(call)),
    twice: [sent, begunNow, endedNow, over].map(repeated),
  }).toEqual({ askedAgain: [], sentAgain: [], twice: [[], [], [], []] });
}

const repeated = (names: readonly string[] = []): string[] =>
  names.filter((name, index) => names.indexOf(name) !== index);

const answers = ({ response, steps }: WorkflowResult) => ({
  response,
  steps: Object.fromEntries(
    Object.entries(steps).map(([id, step]) => [id, [step.response, step.text, step.turns, step.usage]]),
  ),
});

async function expectResumable(whole: Whole, past: readonly AuditEvent[], decision: 'retry' | 'result') {
  const world = afterCrash(whole, past);
  expect(answers(await resumeToTheEnd(world, whole, decision))).toEqual(answers(whole.result));
  expectSound(world, past, decision);
  const again = await world.replay();
  expect(again.error).toBeUndefined();
  expect(again.steps.filter(({ equal }) => !equal)).toEqual([]);
  expect(again.equal).toBe(true);
  return world;
}

async function expectFrozen(whole: Whole, past: readonly AuditEvent[]): Promise<void> {
  const world = afterCrash(whole, past);
  const outcome = await world.replay();
  expect([world.asked, world.made]).toEqual([[], []]);
  // Every call may have ended by then: the replay comes to the end that the recorded run was about to come to.
  if (outcome.result) expect(outcome.result.response).toEqual(whole.result.response);
  else expect(outcome.error?.code).toBe('REPLAY_ENDED');
}

const seeded = { seed: 20261121, numRuns: 10 };

describe('a run that is cut off after any of its events', () => {
  test('goes on to the same end, asks for what is missing, and sends nothing twice', async () => {
    let cuts = 0;
    const holds = fc.asyncProperty(workflowPlans, async (plans) => {
      const whole = await undisturbed(workflowOfPlans(plans));
      for (let count = 1; whole && count < whole.events.length; count++) {
        cuts += 1;
        const past = whole.events.slice(0, count);
        await expectResumable(whole, past, count % 2 === 0 ? 'retry' : 'result');
      }
    });
    await fc.assert(holds, seeded);
    expect(cuts).toBeGreaterThan(300);
  }, 180_000);

  test('ends a frozen replay there, with nothing asked and nothing called', async () => {
    const holds = fc.asyncProperty(workflowPlans, async (plans) => {
      const whole = await undisturbed(workflowOfPlans(plans));
      for (let count = 1; whole && count < whole.events.length; count++)
        await expectFrozen(whole, whole.events.slice(0, count));
    });
    await fc.assert(holds, { ...seeded, numRuns: 25 });
  }, 180_000);

  test('may be cut off again and again', async () => {
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 5 });
    const holds = fc.asyncProperty(workflowPlans, cuts, async (plans, places) => {
      const whole = await undisturbed(workflowOfPlans(plans));
      if (!whole) return;
      let before: { readonly log: MemoryLog; readonly events: readonly AuditEvent[] } = whole;
      let kept = 1;
      for (const place of places) {
        kept += Math.floor(place * (before.events.length - 1 - kept));
        const past = before.events.slice(0, Math.max(1, kept));
        const world = await expectResumable({ ...whole, log: before.log }, past, 'retry');
        before = { log: world.log, events: world.events() };
      }
    });
    await fc.assert(holds, { ...seeded, numRuns: 40 });
  }, 180_000);
});

describe('a run that was not cut off', () => {
  test('is replayed to the same results, and so is its replay', async () => {
    const holds = fc.asyncProperty(workflowPlans, async (plans) => {
      const world = openWorld({ script: steadyModel, tools: steadyTools });
      const failed = AiworkflowError.is(await settled(world.run(workflowOfPlans(plans))));
      const live = [world.asked.length, world.made.length];
      const first = await world.replay();
      const second = await world.replay({}, first.runId);
      expect([first.equal, second.equal, failed]).toEqual([true, true, first.error !== undefined]);
      expect([world.asked.length, world.made.length]).toEqual(live);
    });
    await fc.assert(holds, { ...seeded, numRuns: 60 });
  }, 60_000);

  test('is at every event what its listener saw', async () => {
    const holds = fc.asyncProperty(workflowPlans, async (plans) => {
      const world = openWorld({ script: steadyModel, tools: steadyTools });
      await settled(world.run(workflowOfPlans(plans)));
      const live = newRunState('run-1');
      for (const [index, event] of world.seen.entries()) {
        applyEvent(live, event);
        expect(live).toEqual(foldRun('run-1', world.events().slice(0, index + 1)));
      }
      expect(world.seen).toHaveLength(world.events().length);
    });
    await fc.assert(holds, { ...seeded, numRuns: 20 });
  }, 60_000);

  test('is in the end what its listener saw, with a budget too', async () => {
    const holds = fc.asyncProperty(workflowPlans, async (plans) => {
      const world = openWorld({ script: steadyModel, tools: steadyTools });
      await settled(world.run(workflowOfPlans(plans), { budget: { tokens: 1_000_000 } }));
      const live = newRunState('run-1');
      for (const event of world.seen) applyEvent(live, event);
      expect(unnumbered(live)).toEqual(unnumbered(world.state()));
    });
    await fc.assert(holds, { ...seeded, numRuns: 20 });
  }, 60_000);
});

/** A listener is told of a call with a reservation when that is on disk: those of other branches may come before it. */
const unnumbered = (state: RunState) => ({
  ...state,
  calls: new Map([...state.calls].map(([position, { number: _, ...call }]) => [position, call])),
});
