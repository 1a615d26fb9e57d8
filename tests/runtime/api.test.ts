import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { foldRun } from '../../src/engine/runs/fold-run.ts';
import { createRuntime, defineTool, executeOnce, type Runtime, runGroup } from '../../src/index.ts';
import { scriptedModel } from '../../src/testing/index.ts';

// Real SQLite file, real definitions and templates; a scripted model plays the model.

let dir: string;
let runtime: Runtime;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'aiworkflow-api-'));
  runtime = await createRuntime({ projectDir: dir, env: {} });
});

afterEach(async () => {
  await runtime.close();
  rmSync(dir, { recursive: true, force: true });
});

const group = <Value>(work: Parameters<typeof runGroup<Value>>[1]['work'], options = {}) =>
  runGroup(runtime, { workflowId: 'group', work, options });

describe('execute', () => {
  test('gives the validated object, typed by the zod schema', async () => {
    const model = scriptedModel([{ json: { files: ['a.csv'] } }]);
    const response = z.object({ files: z.array(z.string()) });
    const scan = await executeOnce(runtime, { prompt: 'Look.', model, workflowId: 'scan', response });
    const files: string[] = scan.response.files;
    expect(files).toEqual(['a.csv']);
    expect(scan).toMatchObject({ stopReason: 'end', workflowId: 'scan', turns: 1, cost: null });
  });

  test('former results feed templates', async () => {
    const model = scriptedModel([{ json: { files: ['a.csv'] } }, 'done']);
    const file_scan = await executeOnce(runtime, {
      prompt: 'Look.',
      model,
      workflowId: 'scan',
      response: z.object({ files: z.array(z.string()) }),
    });
    await executeOnce(runtime, {
      prompt: 'Plan {{ file_scan.response.files }}',
      model,
      workflowId: 'plan',
      inputs: { file_scan },
    });
    expect(JSON.stringify(model.requests[1]!.messages)).toMatch(/Plan.*a\.csv/);
  });

  test('takes a prompt file of the project, with its model, settings and contract', async () => {
    mkdirSync(join(dir, 'prompts'));
    writeFileSync(
      join(dir, 'prompts', 'scan.prompt'),
      '---\nconfig: { maxOutputTokens: 99 }\noutput:\n  schema: { n: integer }\n---\n{{role "system"}}Be brief.\n{{role "user"}}Count {{ params.what }}.\n',
    );
    const model = scriptedModel([{ json: { n: 3 } }]);
    const result = await executeOnce(runtime, {
      prompt: 'scan.prompt',
      model,
      workflowId: 'scan',
      params: { what: 'files' },
    });
    expect(result.response).toEqual({ n: 3 });
    expect(model.requests[0]).toMatchObject({
      settings: { maxOutputTokens: 99 },
      output: { schema: { type: 'object' } },
      messages: [
        { role: 'system', text: 'Be brief.' },
        { role: 'user', content: [{ text: 'Count files.' }] },
      ],
    });
  });

  test('is in the log, call by call', async () => {
    const tool = defineTool({
      name: 'now',
      description: '.',
      input: z.object({}),
      effect: 'read',
      run: () => 'noon',
    });
    const model = scriptedModel([{ toolCalls: [{ name: 'now', arguments: {} }] }, 'It is noon.']);
    const { runId } = await executeOnce(runtime, {
      prompt: 'When?',
      tools: [tool],
      model,
      workflowId: 'clock',
    });
    const state = foldRun(runId, runtime.log.events(runId));
    expect([...state.calls.keys()]).toEqual(['clock/m1', 'clock/t1.1', 'clock/m2']);
    expect(state.started).toMatchObject({
      workflowId: 'clock',
      model: 'scripted:model',
      program: expect.stringMatching(/^aiworkflow \d/),
    });
  });

  test('without a model says how to name one', async () => {
    await expect(executeOnce(runtime, { prompt: 'x', workflowId: 'x' })).rejects.toMatchObject({
      code: 'MODEL_UNKNOWN',
      hint: expect.stringContaining('aiworkflow.yaml'),
    });
  });

  test('a model that nobody declared is refused with the run marked failed', async () => {
    const wrong = executeOnce(runtime, { prompt: 'x', model: 'opnai:gpt-6-sol', workflowId: 'x' });
    const error = await wrong.catch((caught: { code: string; runId: string; hint: string }) => caught);
    expect(error).toMatchObject({ code: 'MODEL_UNKNOWN', hint: expect.stringContaining('openai') });
    expect(foldRun('', runtime.log.events((error as { runId: string }).runId)).status).toBe('failed');
  });
});

describe('what JSON Schema cannot say of a zod schema', () => {
  test('a refinement is told to the model, and never accepted', async () => {
    const model = scriptedModel([{ json: { n: 5 } }, { json: { n: 12 } }]);
    const response = z.object({ n: z.number().refine((n) => n > 10, 'must be above ten') });
    const result = await executeOnce(runtime, { prompt: 'x', model, workflowId: 'x', response });
    expect(result.response).toEqual({ n: 12 });
    expect(JSON.stringify(model.requests[1]!.messages.at(-1))).toContain('/n: must be above ten');
    const stubborn = scriptedModel(() => ({ json: { n: 5 } }));
    const never = executeOnce(runtime, { prompt: 'x', model: stubborn, workflowId: 'x', response });
    await expect(never).rejects.toMatchObject({ code: 'ANSWER_BREAKS_CONTRACT' });
  });

  test('a transform gives its value; the log keeps what the model said', async () => {
    const model = scriptedModel([{ json: { day: '2026-11-20' } }]);
    const response = z.object({ day: z.string().transform((text) => new Date(text)) });
    const result = await executeOnce(runtime, { prompt: 'x', model, workflowId: 'x', response });
    expect(result.response.day).toEqual(new Date('2026-11-20'));
    const state = foldRun('', runtime.log.events(result.runId));
    expect(runtime.log.load(state.result ?? '')).toBe('{"day":"2026-11-20"}');
  });
});

describe('wrong options are refused before anything is asked', () => {
  const tool = defineTool({ name: 'same', description: '.', input: z.object({}), run: () => 'x' });
  test.each([
    ['a misspelt option', { modle: 'a:b' }, /unknown option: "modle" \(did you mean "model"\?\)/],
    ['a misspelt limit', { limits: { turn: 1 } }, /unknown field of limits: "turn"/],
    ['a budget of another kind', { budget: { usd: -1 } }, /budget\.usd/],
    ['one of several budgets', { budget: [{ usd: 1 }, { usd: 1, par: 'day' }] }, /field of budget\.1: "par"/],
    ['a budget without a limit', { budget: { per: 'day' } }, /"budget": it limits neither usd nor tokens/],
    ['two tools of one name', { tools: [tool, tool] }, /two tools are called "same"/],
    ['no prompt', { prompt: null }, /"prompt"/],
  ])('%s', async (_, change, words) => {
    const model = scriptedModel([]);
    const wrong = executeOnce(runtime, { prompt: 'x', model, workflowId: 'x', ...change } as never);
    await expect(wrong).rejects.toMatchObject({
      code: 'DEFINITION_INVALID',
      message: expect.stringMatching(words),
    });
    expect(model.requests).toEqual([]);
  });

  test('a schema that is none', async () => {
    const model = scriptedModel(['never']);
    const wrong = executeOnce(runtime, { prompt: 'x', model, workflowId: 'x', response: { type: 'objct' } });
    await expect(wrong).rejects.toMatchObject({ code: 'SCHEMA_INVALID' });
    expect(model.requests).toEqual([]);
  });
});

describe('workflow', () => {
  test('gives execute in both its forms', async () => {
    const model = scriptedModel(['one', 'two']);
    const texts = await group(async ({ execute }) => [
      (await execute({ prompt: 'a', model, workflowId: 'a' })).text,
      (await execute('b', [], model, 'b', { params: {} })).text,
    ]);
    expect(texts).toEqual(['one', 'two']);
  });

  test('groups prompts into one run, with loops and Promise.all', async () => {
    const model = scriptedModel(({ messages }) => `Saw ${JSON.stringify(messages.at(-1))}`.slice(0, 40));
    const runId = await group(async ({ execute, runId }) => {
      await Promise.all([1, 2].map((n) => execute({ prompt: `Part ${n}`, model, workflowId: 'part' })));
      await execute({ prompt: 'Sum up', model, workflowId: 'sum' });
      return runId;
    });
    const state = foldRun(runId, runtime.log.events(runId));
    expect([...state.steps.keys()]).toEqual(['part', 'part~2', 'sum']);
    expect(state.status).toBe('ok');
  });

  test('a failed branch ends the run after the others have ended', async () => {
    const slow = scriptedModel(() => ({ text: 'late', delayMs: 50 }));
    const bad = scriptedModel([{ text: 'x', stopReason: 'refusal' }]);
    const wrong = group(({ execute }) =>
      Promise.all([
        execute({ prompt: 'a', model: slow, workflowId: 'slow' }),
        execute({ prompt: 'b', model: bad, workflowId: 'bad' }),
      ]),
    );
    const error = await wrong.catch((caught: { runId: string }) => caught);
    const state = foldRun('', runtime.log.events((error as { runId: string }).runId));
    expect([...state.steps.values()].map((step) => [step.path, step.status])).toEqual([
      ['slow', 'ok'],
      ['bad', 'failed'],
    ]);
    expect(state).toMatchObject({ status: 'failed', error: { code: 'MODEL_REFUSED' } });
  });

  test('its budget holds for all its steps together', async () => {
    const model = scriptedModel(() => 'x');
    const spend = group(
      async ({ execute }) => {
        for (let n = 0; n < 10; n++)
          await execute({ prompt: 'x', model, workflowId: 'x', settings: { maxOutputTokens: 100 } });
      },
      { budget: { tokens: 250 } },
    );
    await expect(spend).rejects.toMatchObject({ code: 'BUDGET_EXCEEDED' });
    expect(model.requests.length).toBeGreaterThan(1);
    expect(model.requests.length).toBeLessThan(10);
  });

  test.each([
    ['a misspelt option', { budgt: { usd: 1 } }, /unknown option: "budgt" \(did you mean "budget"\?\)/],
    ['a budget that is none', { budget: { tokens: 0 } }, /budget\.tokens/],
  ])('refuses %s', async (_, options, words) => {
    await expect(group(async () => 'never', options as never)).rejects.toMatchObject({
      code: 'DEFINITION_INVALID',
      message: expect.stringMatching(words),
    });
  });

  test('the budget of one step holds beside it, with an account of its own', async () => {
    const model = scriptedModel(() => 'x');
    const settings = { maxOutputTokens: 100 };
    const error: unknown = await group(
      async ({ execute }) => {
        await execute({ prompt: 'x', model, workflowId: 'a', settings });
        await execute({ prompt: 'x', model, workflowId: 'b', settings, budget: { tokens: 50 } });
      },
      { budget: { tokens: 10_000 } },
    ).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'BUDGET_EXCEEDED',
      details: { position: 'b/m1', account: expect.stringMatching(/^run .+\/b$/), used: 0 },
    });
    expect(model.requests).toHaveLength(1);
  });

  test('errors of the function itself fail the run and come out as they are', async () => {
    await expect(group(() => Promise.reject(new RangeError('mine')))).rejects.toThrow(new RangeError('mine'));
  });
});

test('keys and configured secrets reach neither prompts nor the log’s bytes', async () => {
  await runtime.close();
  writeFileSync(join(dir, 'aiworkflow.yaml'), 'secrets: [WAREHOUSE_PASSWORD]\n');
  const env = { WAREHOUSE_PASSWORD: 'hunter2-"quoted"', OPENAI_API_KEY: 'sk-very-secret-123' };
  runtime = await createRuntime({ projectDir: dir, env });
  const leak = defineTool({
    name: 'leak',
    description: '.',
    effect: 'read',
    input: z.object({}),
    run: () => ({ env: { ...env } }),
  });
  const model = scriptedModel([
    { toolCalls: [{ name: 'leak', arguments: {} }] },
    `The key is ${env.OPENAI_API_KEY}`,
  ]);
  await executeOnce(runtime, {
    prompt: 'x',
    tools: [leak],
    model,
    workflowId: 'leak',
    params: { note: env.WAREHOUSE_PASSWORD },
  });
  expect(JSON.stringify(model.requests[1]!.messages)).not.toMatch(/hunter2|sk-very/);
  for (const suffix of ['', '-wal']) {
    const bytes = readFileSync(join(dir, '.aiworkflow', `audit.db${suffix}`), 'latin1');
    expect(bytes).not.toMatch(/hunter2|sk-very/);
  }
});
