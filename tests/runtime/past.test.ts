import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { foldRun } from '../../src/engine/runs/fold-run.ts';
import {
  AiworkflowError,
  createRuntime,
  defineTool,
  executeOnce,
  type GroupContext,
  ModelError,
  type PastChoice,
  type Runtime,
  runGroup,
} from '../../src/index.ts';
import { type Script, type ScriptedModel, scriptedModel } from '../../src/testing/index.ts';

// Programs and their past, over a real SQLite file.

let dir: string;
let runtime: Runtime;
let model: ScriptedModel;
let sent: string[];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'aiworkflow-past-'));
  runtime = await createRuntime({ projectDir: dir, env: {} });
  sent = [];
});

afterEach(async () => {
  await runtime.close();
  rmSync(dir, { recursive: true, force: true });
});

const tool = (name: string, effect: 'read' | 'irreversible') =>
  defineTool({
    name,
    description: '.',
    effect,
    input: z.object({ to: z.string() }),
    run: ({ to }) => {
      sent.push(`${name} ${to}`);
      return `${name} ${to}`;
    },
  });

const script: Script = ({ messages, tools }) => {
  const last = JSON.stringify(messages.at(-1));
  const named = tools[0]?.name;
  if (named !== undefined && messages.at(-1)?.role === 'user')
    return { toolCalls: [{ name: named, arguments: { to: 'Ada' } }] };
  return `saw ${last.length}`;
};

type Work = (context: GroupContext) => Promise<unknown>;

/** Looks, does two things beside each other, and sums up. */
const report: Work = async ({ execute, params }) => {
  const look = await execute({ prompt: 'Look.', model, tools: [tool('look', 'read')], workflowId: 'look' });
  const parts = await Promise.all(
    [1, 2].map((n) =>
      execute({ prompt: `Part ${n} {{ run.id }}`, model, workflowId: 'part', inputs: { look } }),
    ),
  );
  const sum = await execute({
    prompt: `Sum up {{ json parts }} for ${String(params['who'])}.`,
    model,
    tools: [tool('send', 'irreversible')],
    workflowId: 'sum',
    inputs: { parts: parts.map(({ text }) => text) },
  });
  return { text: sum.text, cost: sum.cost };
};

interface Run {
  readonly work?: Work;
  readonly past?: PastChoice;
  readonly script?: Script;
  readonly params?: { readonly who: string };
}

async function run({ work = report, past, script: words = script, params }: Run = {}) {
  model = scriptedModel(words);
  let runId = '';
  const value = await runGroup(runtime, {
    workflowId: 'report',
    work: (context) => {
      runId = context.runId;
      return work(context);
    },
    options: { ...(params && { params }), ...(past && { past }) },
  }).catch((error: unknown) => error);
  return { value, runId, asked: model.requests.length };
}

const stateOf = (runId: string) => foldRun(runId, runtime.log.events(runId));
const first = (given: Run = {}) => run({ params: { who: 'Ada' }, ...given });

describe('replay', () => {
  test('answers the whole program from the log, as a run of its own', async () => {
    const before = await first();
    sent = [];
    const replay = await run({ past: { replay: before.runId }, script: [] });
    expect(replay).toMatchObject({ value: before.value, asked: 0 });
    expect(sent).toEqual([]);
    expect(stateOf(replay.runId).started).toMatchObject({
      parentRunId: before.runId,
      origin: { kind: 'replay', live: 'nothing' },
      params: { who: 'Ada' },
    });
    expect((await run({ past: { replay: replay.runId }, script: [] })).value).toEqual(before.value);
  });

  const steps = (change: (context: GroupContext) => Promise<unknown>): Work => change;
  test.each<[string, RegExp, Work]>([
    [
      'another prompt',
      /At step look, turn 1.*Look\./s,
      steps(({ execute }) =>
        execute({ prompt: 'Look well.', model, tools: [tool('look', 'read')], workflowId: 'look' }),
      ),
    ],
    [
      'another tool',
      /At step look, turn 1/,
      steps(({ execute }) =>
        execute({ prompt: 'Look.', model, tools: [tool('look', 'irreversible')], workflowId: 'look' }),
      ),
    ],
    [
      'a step of another name',
      /"peek" begins now/,
      steps(({ execute }) => execute({ prompt: 'Look.', model, workflowId: 'peek' })),
    ],
    [
      'a step more',
      /"more" begins now/,
      async (context) => {
        const value = await report(context);
        await context.execute({ prompt: 'More.', model, workflowId: 'more' });
        return value;
      },
    ],
    [
      'a step less',
      /did not run step "part"/,
      steps(({ execute }) =>
        execute({ prompt: 'Look.', model, tools: [tool('look', 'read')], workflowId: 'look' }),
      ),
    ],
    ['another result', /returns something else/, async (context) => [await report(context)]],
    [
      'another prompt whose error is caught',
      /At step look, turn 1/,
      async ({ execute }) => {
        await execute({ prompt: 'Other.', model, workflowId: 'look' }).catch(() => undefined);
        return 'fine';
      },
    ],
  ])('%s is a divergence', async (_, words, work) => {
    const { runId } = await first();
    const { value, asked, runId: replayId } = await run({ work, past: { replay: runId }, script: ['never'] });
    expect(value).toMatchObject({ code: 'REPLAY_DIVERGED', message: expect.stringMatching(words) });
    expect(asked).toBe(0);
    expect(stateOf(replayId).status).toBe('failed');
  });

  test('of a program that failed fails as it did, and only so', async () => {
    const fails: Work = async (context) => {
      await context.execute({ prompt: 'x', model, workflowId: 'x' });
      throw new RangeError('mine');
    };
    const { runId } = await first({ work: fails });
    expect((await run({ work: fails, past: { replay: runId }, script: [] })).value).toEqual(
      new RangeError('mine'),
    );
    const mended: Work = ({ execute }) => execute({ prompt: 'x', model, workflowId: 'x' });
    const { value } = await run({ work: mended, past: { replay: runId }, script: [] });
    expect(value).toMatchObject({
      code: 'REPLAY_DIVERGED',
      message: expect.stringContaining('ends well now'),
    });
  });

  test('of a program that caught a failure takes the same way', async () => {
    const catches: Work = async ({ execute }) => {
      const tried = await execute({ prompt: 'x', model, workflowId: 'x' }).catch(
        (error: AiworkflowError) => error.code,
      );
      return [tried, (await execute({ prompt: 'y', model, workflowId: 'y' })).text];
    };
    const { runId, value } = await first({
      work: catches,
      script: ({ messages }) =>
        JSON.stringify(messages).includes('"x"') ? { text: 'No', stopReason: 'refusal' } : 'fine',
    });
    expect(value).toEqual(['MODEL_REFUSED', 'fine']);
    expect((await run({ work: catches, past: { replay: runId }, script: [] })).value).toEqual(value);
  });

  test('with live tools calls those again that only read, and goes on with what is recorded', async () => {
    const looks: Work = async ({ execute }) =>
      (await execute({ prompt: 'Look.', model, tools: [tool('look', 'read')], workflowId: 'look' })).text;
    const { runId, value } = await first({ work: looks });
    sent = [];
    expect((await run({ work: looks, past: { replay: runId, live: 'tools' }, script: [] })).value).toEqual(
      value,
    );
    expect(sent).toEqual(['look Ada']);
  });

  test('with live tools refuses those that change something, unless that is wanted', async () => {
    const { runId, value } = await first();
    sent = [];
    const refused = await run({ past: { replay: runId, live: 'tools' }, script: [] });
    expect(refused.value).toMatchObject({ code: 'USAGE', hint: expect.stringContaining('allowEffects') });
    expect(sent).toEqual([]);
    const again = await run({ past: { replay: runId, live: 'tools', allowEffects: true }, script: [] });
    expect(again.value).toEqual(value);
    expect(sent).toEqual(['look Ada', 'send Ada']);
  });
});

describe('resume', () => {
  /** Fails when it is asked for the second time in step `sum`, after something was sent. */
  const failing: Script = (request, context) =>
    context.position === 'sum/m2'
      ? { error: new ModelError({ code: 'MODEL_AUTH', message: 'No.' }) }
      : (script as Extract<Script, (...given: never) => unknown>)(request, context);

  test('goes on in the same run, asks for what is missing, and sends nothing twice', async () => {
    const whole = await first();
    sent = [];
    const cut = await first({ script: failing });
    expect(cut.value).toMatchObject({ code: 'MODEL_AUTH', runId: cut.runId });
    const resumed = await run({ past: { resume: cut.runId } });
    expect([resumed.runId, resumed.asked]).toEqual([cut.runId, 1]);
    expect((resumed.value as { text: string }).text).toBe((whole.value as { text: string }).text);
    expect(sent.filter((one) => one.startsWith('send'))).toEqual(['send Ada']);
    expect(stateOf(cut.runId).status).toBe('ok');
    expect((await run({ past: { replay: cut.runId }, script: [] })).value).toEqual(resumed.value);
  });

  test('refuses a run that ended well, other params, and a run that somebody works on', async () => {
    const done = await first();
    expect((await run({ past: { resume: done.runId } })).value).toMatchObject({ code: 'RUN_NOT_RESUMABLE' });
    const cut = await first({ script: failing });
    const other = await run({ past: { resume: cut.runId }, params: { who: 'Bea' } });
    expect(other.value).toMatchObject({ code: 'PARAM_INVALID' });
    runtime.log.claim(cut.runId);
    expect((await run({ past: { resume: cut.runId } })).value).toMatchObject({ code: 'RUN_HELD' });
    runtime.log.release(cut.runId);
    expect((await run({ past: { resume: cut.runId } })).asked).toBe(1);
  });

  test('with code that changed says where, and what to write instead', async () => {
    const cut = await first({ script: failing });
    const changed: Work = ({ execute }) =>
      execute({ prompt: 'Look well.', model, tools: [tool('look', 'read')], workflowId: 'look' });
    const { value, asked } = await run({ work: changed, past: { resume: cut.runId } });
    expect(value).toMatchObject({
      code: 'REPLAY_DIVERGED',
      message: expect.stringMatching(/step look, turn 1.*Look/s),
      hint: expect.stringContaining(`past: { fork: '${cut.runId}', from: 'look' }`),
    });
    expect(asked).toBe(0);
    expect(runtime.log.isHeld(cut.runId)).toBe(false);
    expect((await run({ past: { resume: cut.runId } })).asked).toBe(1);
  });
});

describe('fork', () => {
  test('takes what came before from the log, and asks for the rest in a run of its own', async () => {
    const parent = await first();
    const events = [...runtime.log.events(parent.runId)];
    sent = [];
    const fork = await run({ past: { fork: parent.runId, from: 'sum' }, params: { who: 'Bea' } });
    expect([fork.asked, sent]).toEqual([2, ['send Ada']]);
    expect(JSON.stringify(model.requests)).toContain('Bea');
    expect(stateOf(fork.runId).started).toMatchObject({
      parentRunId: parent.runId,
      origin: { kind: 'fork', from: 'sum' },
    });
    expect([...runtime.log.events(parent.runId)]).toEqual(events);
    const again = await run({ past: { fork: fork.runId, from: 'sum/m2' }, params: { who: 'Bea' } });
    expect(again.asked).toBe(1);
    expect((await run({ past: { replay: again.runId }, script: [] })).value).toEqual(again.value);
  });

  test('from a place that is not there names those that are', async () => {
    const { runId } = await first();
    const { value } = await run({ past: { fork: runId, from: 'some' } });
    expect(value).toMatchObject({ code: 'FORK_POINT_UNKNOWN', hint: expect.stringContaining('sum') });
  });
});

describe('execute alone', () => {
  const ask = (past?: PastChoice, words: Script = script) => {
    model = scriptedModel(words);
    return executeOnce(runtime, {
      prompt: 'Look.',
      model,
      tools: [tool('look', 'read')],
      workflowId: 'look',
      response: z.string(),
      ...(past && { past }),
    });
  };

  test('whose check lets an earlier answer pass now is no replay', async () => {
    const number = z.object({ n: z.number() });
    const common = { prompt: 'A number.', workflowId: 'number' };
    const before = await executeOnce(runtime, {
      ...common,
      model: scriptedModel(['{"n":1}', '{"n":9}']),
      response: number.refine(({ n }) => n > 5, 'it is too small'),
    });
    const replay = { ...common, model: scriptedModel([]), response: number };
    await expect(executeOnce(runtime, { ...replay, past: { replay: before.runId } })).rejects.toMatchObject({
      code: 'REPLAY_DIVERGED',
    });
  });

  test('is replayed, resumed and forked too', async () => {
    const cut: Script = (_, { position }) =>
      position === 'look/m2'
        ? { error: new ModelError({ code: 'MODEL_AUTH', message: 'No.' }) }
        : { toolCalls: [{ name: 'look', arguments: { to: 'Ada' } }] };
    const { runId } = (await ask(undefined, cut).catch((error: unknown) => error)) as { runId: string };
    const json: Script = () => ({ json: 'seen' });
    const resumed = await ask({ resume: runId }, json);
    expect([resumed.runId, resumed.response, sent]).toEqual([runId, 'seen', ['look Ada']]);
    const replay = await ask({ replay: runId }, []);
    expect(replay.runId).not.toBe(runId);
    expect({ ...replay, runId }).toEqual(resumed);
    const fork = await ask({ fork: runId, from: 'look/m2!2' }, json);
    expect([fork.response, model.requests.length]).toEqual(['seen', 1]);
  });
});

describe('what cannot be a past', () => {
  test.each<[string, unknown, RegExp]>([
    ['nothing', {}, /past/],
    ['two at once', { resume: 'a', replay: 'b' }, /past/],
    ['a fork from nowhere', { fork: 'a' }, /past/],
    ['a misspelt way', { replay: 'a', live: 'models' }, /past/],
  ])('%s', async (_, past, words) => {
    const { value } = await run({ past: past as PastChoice });
    expect(value).toMatchObject({ code: 'DEFINITION_INVALID', message: expect.stringMatching(words) });
  });

  test('a run that is not there, of another program, of a workflow file', async () => {
    expect((await run({ past: { replay: 'nobody' } })).value).toMatchObject({ code: 'RUN_UNKNOWN' });
    model = scriptedModel(['fine']);
    const { runId } = await executeOnce(runtime, { prompt: 'x', model, workflowId: 'other' });
    expect((await run({ past: { replay: runId } })).value).toMatchObject({
      code: 'RUN_NOT_RESUMABLE',
      message: expect.stringContaining('"other"'),
    });
    runtime.log.append('file-1', {
      type: 'run-started',
      at: 1,
      workflowId: 'report',
      definition: 'a'.repeat(64),
      params: {},
      program: 'test',
    });
    expect((await run({ past: { resume: 'file-1' } })).value).toMatchObject({
      code: 'RUN_NOT_RESUMABLE',
      hint: expect.stringContaining('aiworkflow resume file-1'),
    });
  });

  test('a step’s own, inside a workflow', async () => {
    const { runId } = await first();
    const work: Work = ({ execute }) =>
      execute({ prompt: 'x', model, workflowId: 'x', past: { replay: runId } });
    const { value } = await run({ work });
    expect(AiworkflowError.is(value) && value.code).toBe('DEFINITION_INVALID');
  });
});
