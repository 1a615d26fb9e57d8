import { afterEach, describe, expect, test } from 'vitest';
import { bookingFiles, openScene, type Scene, type SceneOptions } from '../crash/support/scene.ts';
import { endLeftovers } from './support/run-cli.ts';

const scenes: Scene[] = [];
afterEach(async () => {
  endLeftovers();
  for (const scene of scenes.splice(0)) await scene.close();
});

async function scene(options: SceneOptions): Promise<Scene> {
  const opened = await openScene(options);
  scenes.push(opened);
  return opened;
}

const oneCall = (tool: string) => `id: one
tools: [desk]
steps:
  - id: act
    call: desk.${tool}
    arguments: { item: gate }
`;

const threeTurns = (limits = '') => `id: turns
tools: [desk]
${limits}
steps:
  - id: walk
    prompt: |
      Walk.
      PLAN [[["book","one"]],[["book","two"]],[["book","three"]]]
    tools: [desk.book]
    settings: { maxOutputTokens: 200 }
    response: { said: string, open: integer }
result: walk.response.said
`;

const works = (opened: Scene) => opened.desk().filter(({ phase }) => phase === 'done');
const walked = 'book one number 1, book two number 1, book three number 1';

async function interrupt(opened: Scene, holds: () => boolean, ...args: string[]) {
  const { child, done } = opened.start(...args);
  await expect.poll(holds, { timeout: 20_000 }).toBe(true);
  child.kill('SIGINT');
  return done;
}

describe('after Ctrl-C', () => {
  test('in the middle of a call that reads: it is made again, without a question', async () => {
    const opened = await scene({ files: { 'workflows/one.yaml': oneCall('look') }, toolMs: 20_000 });
    const { code, stderr } = await interrupt(opened, () => opened.desk('look').length > 0, 'run', 'one');
    expect(code).toBe(130);
    const runId = opened.runId();
    expect(stderr).toContain(`Try: \`aiworkflow resume ${runId}\` goes on with it`);
    opened.harbour.configure({ toolMs: 0 });
    const resumed = await opened.cli('resume', 'last');
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining('look gate') });
    const begun = opened.events().filter((event) => event.type === 'call-begun');
    expect(begun.map(({ position }) => position)).toEqual(['act/call', 'act/call!2']);
  });

  test('in the middle of a call that books: a person decides', async () => {
    const opened = await scene({ files: { 'workflows/one.yaml': oneCall('book') }, toolMs: 20_000 });
    const { code } = await interrupt(opened, () => opened.desk('book').length > 0, 'run', 'one');
    expect(code).toBe(130);
    opened.harbour.configure({ toolMs: 0 });
    const waits = await opened.cli('run', 'one', '--resume');
    expect(waits).toMatchObject({ code: 4, stderr: expect.stringContaining('aiworkflow resolve') });
    expect(works(opened)).toHaveLength(0);
  });

  test('in the middle of an answer: the model is asked again, and the lost answer stays paid for', async () => {
    const opened = await scene({ files: bookingFiles, thinkMs: 4000 });
    const { code } = await interrupt(opened, () => opened.model.requests() > 0, 'run', 'booking');
    expect(code).toBe(130);
    opened.model.become({ thinkMs: 0 });
    expect((await opened.cli('resume', 'last')).code).toBe(0);
    expect(works(opened)).toHaveLength(1);
    const begun = opened.events().filter((event) => event.type === 'call-begun');
    expect(begun.map(({ position }) => position)).toEqual(['reserve/call', 'tell/m1', 'tell/m1!2']);
    const lost = opened.events().find((event) => event.type === 'call-ended' && event.position === 'tell/m1');
    expect(lost).toMatchObject({ status: 'error', costUsd: null });
  });
});

test('after a limit: a higher one on the command line, and nothing is done twice', async () => {
  const opened = await scene({ files: { 'workflows/turns.yaml': threeTurns('limits: { turns: 2 }') } });
  const stopped = await opened.cli('run', 'turns');
  expect(stopped).toMatchObject({ code: 3, stderr: expect.stringContaining('[LIMIT_REACHED]') });
  expect(stopped.stderr).toContain('--limit turns=');
  expect((await opened.cli('resume', 'last')).code).toBe(3);
  const requests = opened.model.requests();
  const { code, stdout } = await opened.cli('resume', 'last', '--limit', 'turns=4');
  expect(code).toBe(0);
  expect(stdout).toContain(walked);
  expect(works(opened)).toHaveLength(3);
  expect(opened.model.requests() - requests).toBe(2);
  expect((await opened.cli('show', 'last')).stdout).toMatch(
    /typed +--limit turns=4, from .+ UTC until it ended/,
  );
});

test('after a budget: a higher one on the command line, and what was spent stays spent', async () => {
  // The first call takes at most 0.0042 dollars, and two of them do not fit.
  const opened = await scene({ files: { 'workflows/turns.yaml': threeTurns('budget: { usd: 0.006 }') } });
  const stopped = await opened.cli('run', 'turns');
  expect(stopped).toMatchObject({ code: 3, stderr: expect.stringContaining('[BUDGET_EXCEEDED]') });
  expect(stopped.stderr).toContain('--budget');
  const requests = opened.model.requests();
  expect(requests).toBeGreaterThan(0);
  expect((await opened.cli('resume', 'last')).code).toBe(3);
  expect(opened.model.requests()).toBe(requests);
  const { code, stdout } = await opened.cli('resume', 'last', '--budget', '1');
  expect(code).toBe(0);
  expect(stdout).toContain(walked);
  expect(works(opened)).toHaveLength(3);
  expect(opened.model.requests()).toBe(4);
  expect((await opened.cli('verify', 'last')).code).toBe(0);
});

test('after a failure: what ended well is not done again', async () => {
  const opened = await scene({ files: bookingFiles });
  opened.model.become({ refusing: true });
  const failed = await opened.cli('run', 'booking');
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('the clerk is on strike') });
  opened.model.become({ refusing: false });
  const { code, stdout } = await opened.cli('resume', 'last');
  expect(code).toBe(0);
  expect(stdout).toContain('Tell. book table number 1');
  expect(works(opened)).toHaveLength(1);
});
