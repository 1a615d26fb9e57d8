import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../src/domain/events.ts';
import type { LoadedWorkflow } from '../../src/domain/loaded-workflow.ts';
import type { ToolMessage } from '../../src/domain/message.ts';
import { callOfPosition, type Position } from '../../src/domain/position.ts';
import type { WorkflowResult } from '../../src/domain/result.ts';
import { foldRun } from '../../src/engine/fold-run.ts';
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
async function resumeToTheEnd(world: World, whole: Whole, decision: 'retry' | 'result'): Promise<WorkflowResult> {
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
  for (const position of world.asked) expect(endedCalls).not.toContain(callOfPosition(position));
  const before = new Set([...begun].map(callOfPosition));
  const sent = world.made.filter((call) => call.startsWith('send ')).map((call) => call.slice(5));
  expect(new Set(sent).size).toBe(sent.length);
  for (const position of sent)
    if (decision === 'result' || endedCalls.has(position)) expect(before).not.toContain(position);
  const events = world.events();
  for (const type of ['call-begun', 'call-ended'] as const) {
    const positions = events.flatMap((event) => (event.type === type ? [event.position] : []));
    expect(new Set(positions).size).toBe(positions.length);
  }
  const over = events.flatMap((event) =>
    event.type === 'step-ended' && event.status === 'ok' ? [event.step] : [],
  );
  expect(new Set(over).size).toBe(over.length);
}

const answers = ({ response, steps }: WorkflowResult) => ({
  response,
  steps: Object.fromEntries(
    Object.entries(steps).map(([id, step]) => [id, [step.response, step.text, step.turns, step.usage]]),
  ),
});

const resultOf = (world: World, runId: string, path: string) => {
  const state = foldRun(runId, world.log.events(runId));
  return world.log.load(state.steps.get(path)?.result ?? '');
};

async function expectResumable(whole: Whole, past: readonly AuditEvent[], decision: 'retry' | 'result') {
  const world = afterCrash(whole, past);
  expect(answers(await resumeToTheEnd(world, whole, decision))).toEqual(answers(whole.result));
  expectSound(world, past, decision);
  const again = await world.replay();
  expect(again.error).toBeUndefined();
  expect(again.steps.filter(({ equal }) => !equal).map(({ step }) => [step, resultOf(world, 'run-1', step), resultOf(world, again.runId, step)])).toEqual([]);
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

describe('a run that is cut off after any of its events', () => {
  test('goes on to the same end, asks for what is missing, and sends nothing twice', async () => {
    let cuts = 0;
    await fc.assert(
      fc.asyncProperty(workflowPlans, async (plans) => {
        const whole = await undisturbed(workflowOfPlans(plans));
        if (!whole) return;
        for (let count = 1; count < whole.events.length; count++) {
          cuts += 1;
          const past = whole.events.slice(0, count);
          await expectResumable(whole, past, count % 2 === 0 ? 'retry' : 'result');
          await expectFrozen(whole, past);
        }
      }),
      { seed: 20261121, numRuns: 40 },
    );
    console.log(cuts);
    expect(cuts).toBeGreaterThan(1000);
  });
});
