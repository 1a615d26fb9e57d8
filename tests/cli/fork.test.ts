import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { endLeftovers } from './support/run-cli.ts';
import { openTour, type Tour } from './support/tour.ts';

let tour: Tour;
let parent: string;
let parentEvents: readonly unknown[];
let bookedBefore: number;
beforeAll(async () => {
  tour = await openTour();
  parent = await tour.run();
  parentEvents = tour.events(parent);
});
beforeEach(() => {
  bookedBefore = tour.booked();
});
afterEach(() => tour.restore());
afterAll(async () => {
  endLeftovers();
  await tour.close();
});

interface Forked {
  readonly code: number | null;
  readonly runId: string;
  readonly response: string;
  readonly stdout: string;
  /** Positions of the calls that were really made. */
  readonly live: readonly string[];
  readonly booked: number;
}

async function fork(of: string, ...args: string[]): Promise<Forked> {
  const { code, stdout } = await tour.cli('fork', of, '--json', ...args);
  const lines = stdout
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, string>);
  const live = lines
    .filter(({ type, source }) => type === 'call-ended' && source === 'live')
    .map(({ position = '' }) => position);
  const { runId = '', response = '' } = lines.at(-1) ?? {};
  return { code, stdout, runId, response, live: live.toSorted(), booked: tour.booked() - bookedBefore };
}

const after = {
  visit: ['checked/read/m1', 'refine~1/m1', 'refine~2/m1', 'sum/m1', 'visit[0]/m1', 'visit[1]/m1'],
  secondVisit: ['checked/read/m1', 'refine~1/m1', 'refine~2/m1', 'sum/m1', 'visit[1]/m1'],
};

describe('a fork is live from its place on, and from the log before it:', () => {
  test.each<[string, string, readonly string[], number]>([
    ['a step', 'visit', after.visit, 0],
    ['an item', 'visit[1]', after.secondVisit, 0],
    ['a call of an item', 'visit[1]/m1', after.secondVisit, 0],
    ['a round', 'refine~2', ['checked/read/m1', 'refine~2/m1', 'sum/m1'], 0],
    ['a step of the inner workflow', 'checked/read', ['checked/read/m1', 'sum/m1'], 0],
    ['a call in the inner workflow', 'checked/read/m1', ['checked/read/m1', 'sum/m1'], 0],
    ['the branch that books', 'book', ['book/call', 'sum/m1'], 1],
    ['the last step', 'sum', ['sum/m1'], 0],
    ['the tool of a turn', 'plan/t1.1', [...after.visit, 'plan/m2', 'plan/t1.1'].toSorted(), 0],
    ['the second turn', 'plan/m2', [...after.visit, 'plan/m2'].toSorted(), 0],
    ['everything', 'plan', [...after.visit, 'plan/m1', 'plan/m2', 'plan/t1.1'].toSorted(), 0],
  ])('%s', async (_, from, live, booked) => {
    const forked = await fork(parent, '--from', from, '--model', 'local:b');
    expect(forked).toMatchObject({
      code: 0,
      live,
      booked,
      response: expect.stringContaining('b says: Sum up'),
    });
    expect(tour.events(forked.runId)[0]).toMatchObject({
      parentRunId: parent,
      origin: { kind: 'fork', from },
    });
    expect(tour.events(parent)).toEqual(parentEvents);
    expect((await tour.cli('verify', forked.runId)).code).toBe(0);
    const replay = await tour.cli('replay', forked.runId);
    expect(replay.stdout).toContain('EQUAL');
  });

  test('the number of a call in `show`', async () => {
    const { stdout } = await tour.cli('show', parent, '--json');
    const calls = (JSON.parse(stdout) as { calls: { number: number; begun: { position: string } }[] }).calls;
    const number = calls.find(({ begun }) => begun.position === 'sum/m1')?.number;
    expect((await fork(parent, '--from', String(number), '--model', 'local:b')).live).toEqual(['sum/m1']);
  });
});

describe('a fork may be made with', () => {
  test('another parameter, which only what follows sees', async () => {
    tour.change('Sum up {{ checked', 'Sum up for {{ params.more }}: {{ checked');
    const forked = await fork(parent, '--from', 'sum', '--param', 'more=["Bea"]');
    expect(forked).toMatchObject({ code: 0, live: ['sum/m1'], response: expect.stringMatching(/for .*Bea/) });
    expect(tour.events(forked.runId)[0]).toMatchObject({ params: { who: 'Ada', more: ['Bea'] } });
  });

  test('another parameter, and not when what was before the place saw it', async () => {
    const { code, stdout, live } = await fork(parent, '--from', 'sum', '--param', 'who=Bea');
    expect(stdout).toMatch(/REPLAY_DIVERGED.*plan\/m1/s);
    expect([code, live]).toEqual([1, []]);
  });

  test('another prompt for that step', async () => {
    const file = tour.write('other.prompt', '---\nmodel: local:b\n---\nBriefly: {{ checked.response }}\n');
    const forked = await fork(parent, '--from', 'sum', '--prompt', file);
    expect(forked).toMatchObject({ code: 0, live: ['sum/m1'], response: expect.stringContaining('Briefly') });
    expect((await tour.cli('replay', forked.runId, '--as-recorded')).stdout).toContain('EQUAL');
  });

  test.each<[string, string]>([
    ['visit[1]', 'visit'],
    ['refine~2', 'refine'],
    ['plan/m2', 'plan'],
  ])('another prompt, but not from %s, where the old one has asked before', async (from, whole) => {
    const file = tour.write('other.prompt', '---\nmodel: local:b\n---\nBriefly: {{ params.who }}\n');
    const asked = tour.chat.asked.length;
    const { code, stderr } = await tour.cli('fork', parent, '--from', from, '--prompt', file);
    expect(stderr).toContain(`--from '${whole}' makes all of it anew`);
    expect([code, tour.chat.asked.length]).toEqual([2, asked]);
  });

  test('another result of a model call', async () => {
    const file = tour.write('answer.json', '{"n": 40}');
    const forked = await fork(parent, '--from', 'plan/m2', '--edit-result', file);
    expect(forked).toMatchObject({ code: 0, live: after.visit, booked: 0 });
    expect(tour.chat.asked.at(-4)?.prompt + JSON.stringify(tour.chat.asked)).toContain('40 times');
    const edited = tour
      .events(forked.runId)
      .find((event) => event.type === 'call-ended' && event.source === 'edited');
    expect(edited).toMatchObject({ position: 'plan/m2', costUsd: 0 });
    expect((await tour.cli('replay', forked.runId)).stdout).toContain('EQUAL');
  });

  test('another result of a step, which its contract must still accept', async () => {
    const file = tour.write('answer.json', '{"n": 41}');
    expect(await fork(parent, '--from', 'plan', '--edit-result', file)).toMatchObject({
      code: 0,
      live: after.visit,
    });
    const wrong = tour.write('wrong.json', '{"m": 41}');
    const refused = await fork(parent, '--from', 'plan', '--edit-result', wrong);
    expect(refused).toMatchObject({ code: 1, live: [] });
    expect(refused.stdout).toMatch(
      /ANSWER_BREAKS_CONTRACT.*The edited answer of step \\"plan\\" \(plan\/m2\)/s,
    );
  });

  test('another result of a tool call', async () => {
    const file = tour.write('sum.txt', '77');
    const forked = await fork(parent, '--from', 'plan/t1.1', '--edit-result', file);
    expect(forked).toMatchObject({ code: 0, live: [...after.visit, 'plan/m2'].toSorted() });
    expect(JSON.stringify(tour.chat.asked)).toContain('77 times');
  });

  test('another result of a call step, without calling its tool', async () => {
    const file = tour.write('booked.txt', 'booked by hand');
    tour.change('Sum up', 'Sum up {{ book.text }}');
    const forked = await fork(parent, '--from', 'book', '--edit-result', file);
    expect(forked).toMatchObject({
      code: 0,
      live: ['sum/m1'],
      booked: 0,
      response: expect.stringContaining('booked by hand'),
    });
  });

  test('another model for one step', async () => {
    const forked = await fork(parent, '--from', 'visit', '--model', 'sum=local:b');
    expect(forked.response).toContain('b says: Sum up');
  });
});

test.each<[from: string, again: string | undefined]>([
  ['plan', undefined],
  ['book', 'desk.book (irreversible)'],
  ['sum', undefined],
])('a fork from %s names what may be called again: %s', async (from, again) => {
  const { code, stderr } = await tour.cli('fork', parent, '--from', from, '--quiet');
  expect(code).toBe(0);
  if (again === undefined) expect(stderr).not.toContain('called again');
  else expect(stderr).toContain(`These may be called again: ${again}.`);
});

describe('a fork', () => {
  test('of a fork, and a replay of that', async () => {
    const first = await fork(parent, '--from', 'visit[1]', '--model', 'local:b');
    const second = await fork(first.runId, '--from', 'sum', '--model', 'local:a');
    expect(second).toMatchObject({ code: 0, live: ['sum/m1'], response: expect.stringMatching(/^Sum up/) });
    expect(tour.events(second.runId)[0]).toMatchObject({
      parentRunId: first.runId,
      seenAs: { runId: parent },
    });
    expect((await tour.cli('replay', second.runId)).stdout).toContain('EQUAL');
  });

  test('that failed is resumed where it failed, with its place and its parent’s past', async () => {
    const broken = tour.chat.url;
    tour.write('aiworkflow.yaml', tourConfigWithout(broken));
    const { code, runId } = await forkFailing();
    expect(code).toBe(1);
    tour.restore();
    const { code: resumed, stdout } = await tour.cli('resume', runId, '--model', 'local:b', '--json');
    expect(resumed).toBe(0);
    const live = [
      ...stdout.matchAll(
        /"type":"call-ended"[^\n]*"position":"([^"]+)"[^\n]*"source":"live"|"position":"([^"]+)"[^\n]*"type":"call-ended"/g,
      ),
    ];
    expect(live.length).toBeGreaterThan(0);
    expect(tour.booked()).toBe(bookedBefore);
    expect((await tour.cli('replay', runId)).stdout).toContain('EQUAL');
  });

  const tourConfigWithout = (url: string) =>
    `model: local:a\nproviders:\n  local: { api: openai.chat, baseUrl: "${url}", structuredOutput: true }\n  dead: { api: openai.chat, baseUrl: "http://127.0.0.1:9/v1", structuredOutput: true }\nlimits: { modelRetries: 0 }\ntools: { desk: { command: /nowhere } }\n`;
  async function forkFailing() {
    const { code } = await tour.cli('fork', parent, '--from', 'visit[1]', '--model', 'refine=dead:x');
    const ids = await tour.runIds();
    return { code, runId: ids.at(-1) ?? '' };
  }

  test.each<[string, string[], RegExp, number]>([
    ['without a place', ['fork', 'last'], /--from/, 2],
    ['of an unknown run', ['fork', 'nobody', '--from', 'sum'], /RUN_UNKNOWN/, 2],
    [
      'from a place that is not there',
      ['fork', 'last', '--from', 'smu'],
      /FORK_POINT_UNKNOWN.*did you mean sum/s,
      2,
    ],
    ['from an item that is not there', ['fork', 'last', '--from', 'visit[7]'], /FORK_POINT_UNKNOWN/, 2],
    ['from a call that is not there', ['fork', 'last', '--from', '999'], /FORK_POINT_UNKNOWN/, 2],
    ['with an unknown parameter', ['fork', 'last', '--from', 'sum', '--param', 'whom=x'], /PARAM_INVALID/, 2],
    [
      'with a prompt that is not there',
      ['fork', 'last', '--from', 'sum', '--prompt', 'no.prompt'],
      /FILE_NOT_FOUND/,
      2,
    ],
    [
      'with a prompt for a call step',
      ['fork', 'last', '--from', 'book', '--prompt', 'other.prompt'],
      /STEP_UNKNOWN|FILE_NOT_FOUND/,
      2,
    ],
    [
      'with a result that is not there',
      ['fork', 'last', '--from', 'sum', '--edit-result', 'no.txt'],
      /FILE_NOT_FOUND/,
      2,
    ],
    [
      'with a model that nobody declares',
      ['fork', 'last', '--from', 'sum', '--model', 'nobody:x'],
      /MODEL_UNKNOWN/,
      2,
    ],
    [
      'with a model for no step',
      ['fork', 'last', '--from', 'sum', '--model', 'smu=local:b'],
      /STEP_UNKNOWN/,
      2,
    ],
  ])('%s is refused', async (_, args, words, code) => {
    const result = await tour.cli(...args.map((arg) => (arg === 'last' ? parent : arg)));
    expect(result.stderr).toMatch(words);
    expect(result.code).toBe(code);
  });
});
