import { afterEach, describe, expect, test } from 'vitest';
import { bookingFiles, openScene, type Scene } from '../crash/support/scene.ts';
import { endLeftovers } from './support/run-cli.ts';

const scenes: Scene[] = [];
afterEach(async () => {
  endLeftovers();
  for (const scene of scenes.splice(0)) await scene.close();
});

const asked = {
  'workflows/asked.yaml': `id: asked
tools: [desk]
steps:
  - id: clerk
    prompt: |
      Book.
      PLAN [[["book","table"]]]
    tools: [desk.book]
    settings: { maxOutputTokens: 200 }
    response: { said: string, open: integer }
result: clerk.response.said
`,
};

/** A run that died in the middle of a booking. */
async function killed(workflow: 'booking' | 'asked') {
  const scene = await openScene({ files: { ...bookingFiles, ...asked }, toolMs: 20_000 });
  scenes.push(scene);
  const runId = await scene.killedAt('begun', 'run', workflow);
  scene.harbour.configure({ toolMs: 0 });
  const call = workflow === 'booking' ? 'reserve/call' : 'clerk/t1.1';
  const resolve = (...args: string[]) => scene.cli('resolve', runId, call, ...args, '--by', 'Ada');
  return { scene, runId, call, resolve };
}

const works = (scene: Scene) => scene.desk('book').filter(({ phase }) => phase === 'done');

describe('a run that waits', () => {
  test('says what is known, what to type, and ends with 4; runs and show say it too', async () => {
    const { scene, runId } = await killed('booking');
    const died = await scene.cli('runs');
    expect(died.stdout).toMatch(/booking\s+died/);
    expect(died.stdout).toContain('1 in doubt');
    const { code, stderr, stdout } = await scene.cli('resume', runId);
    expect(code).toBe(4);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/desk\.book \(irreversible\) was begun at .*, and its end is not in the log/);
    expect(stderr).toContain(`aiworkflow resolve ${runId} reserve/call`);
    expect(stderr).toContain('[TOOL_OUTCOME_UNKNOWN]');
    const [, ...hinted] = /`aiworkflow (show) (\S+) (--call) (\S+)` shows its arguments/.exec(stderr) ?? [];
    expect((await scene.cli(...hinted)).stdout).toMatch(/arguments: \{\n +"item": "table"/);
    const other = await scene.cli('resolve', runId, 'resreve/call', '--retry', '--why', 'x');
    expect(other).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/to be decided: reserve\/call \(#\d+, desk\.book\)/),
    });
    const runs = await scene.cli('runs');
    expect(runs.stdout).toMatch(/booking\s+waiting/);
    expect(runs.stdout).toContain('1 in doubt');
    const show = await scene.cli('show', runId);
    expect(show.stdout).toContain('waiting');
    expect(show.stdout).toMatch(/desk\.book\s+at reserve\/call\s+\(irreversible\)/);
    // Asked again nothing else happens: nobody has decided.
    expect((await scene.cli('resume', runId)).code).toBe(4);
    expect(works(scene)).toHaveLength(0);
  });
});

describe.each(['booking', 'asked'] as const)('resolve in "%s"', (workflow) => {
  test('--retry: made again, under the same key, and the decision is shown', async () => {
    const { scene, runId, call, resolve } = await killed(workflow);
    const resolved = await resolve('--retry', '--why', 'the ledger has no booking');
    expect(resolved.code).toBe(0);
    expect(resolved.stdout).toBe(`${call}: will be made again (Ada: the ledger has no booking)\n`);
    expect(resolved.stderr).toContain(`aiworkflow resume ${runId}`);
    const { code, stdout } = await scene.cli('resume', runId);
    expect(code).toBe(0);
    expect(stdout).toContain('book table number 1');
    expect(works(scene)).toMatchObject([{ key: `${runId}/${call}` }]);
    const show = await scene.cli('show', runId);
    const step = await scene.cli('show', runId, '--step', call.split('/', 1)[0] ?? '');
    const shown = show.stdout + step.stdout;
    expect(shown).toContain('Ada');
    expect(shown).toContain('the ledger has no booking');
    const pages = step.stdout + (await scene.cli('show', runId, '--call', call)).stdout;
    expect(pages).toContain('no end in the log; made again: decided by Ada (the ledger has no booking)');
    expect(pages).not.toContain('in doubt');
  });

  test.each([
    { kind: 'text', text: 'booked by hand\n', says: 'booked by hand' },
    { kind: 'JSON', text: '{"table": 4}', says: 'table' },
  ])('--result with $kind: counts as what the call answered', async ({ text, says }) => {
    const { scene, runId, resolve } = await killed(workflow);
    const file = scene.harbour.write('answer.txt', text);
    expect((await resolve('--result', file, '--why', 'it is in the ledger')).code).toBe(0);
    const { code, stdout } = await scene.cli('resume', runId);
    expect(code).toBe(0);
    expect(stdout).toContain(says);
    expect(works(scene)).toHaveLength(0);
    expect((await scene.cli('replay', runId)).code).toBe(0);
    expect((await scene.cli('verify', runId)).code).toBe(0);
  });

  test('--skip: goes on without it', async () => {
    const { scene, runId, resolve } = await killed(workflow);
    expect((await resolve('--skip', '--why', 'nobody needs a table')).code).toBe(0);
    const { code, stdout } = await scene.cli('resume', runId);
    expect(code).toBe(0);
    expect(stdout).toContain(workflow === 'asked' ? 'This call was not made: Ada decided so' : 'Tell.');
    expect(works(scene)).toHaveLength(0);
  });
});

test.each([
  { now: 'idempotent', code: 0, says: 'book table number 1', works: 1 },
  // As bad as before: still nobody knows.
  { now: 'reversible', code: 4, says: 'aiworkflow resolve', works: 0 },
])('a tool that is declared $now after the crash: $code', async ({ now, code, says, works: count }) => {
  const { scene, runId } = await killed('asked');
  scene.harbour.configure({ toolMs: 0, extra: `    effects: { book: ${now} }\n` });
  const resumed = await scene.cli('resume', runId);
  expect(resumed.code).toBe(code);
  expect(resumed.stdout + resumed.stderr).toContain(says);
  expect(works(scene)).toHaveLength(count);
});

describe('a fork that stands on a call in doubt', () => {
  const parallel = {
    'workflows/parallel.yaml': `id: parallel
tools: [desk]
steps:
  - id: early
    prompt: 'Early.'
    settings: { maxOutputTokens: 200 }
    response: { said: string, open: integer }
  - id: reserve
    call: desk.book
    arguments: { item: table }
result: reserve.text
`,
  };

  /** Killed after the booking was done and before its answer came. */
  async function killedParallel(withProbe: boolean) {
    const scene = await openScene({ files: parallel, toolMs: 500, withProbe });
    scenes.push(scene);
    const runId = await scene.killedAt('done', 'run', 'parallel');
    scene.harbour.configure({ toolMs: 0 });
    return { scene, runId };
  }

  test('waits for the decision about the run that began it', async () => {
    const { scene, runId } = await killedParallel(false);
    const fork = await scene.cli('fork', runId, '--from', 'early');
    expect(fork.code).toBe(4);
    expect(fork.stderr).toContain(`aiworkflow resolve ${runId} reserve/call`);
    const forkId = scene.runId();
    const file = scene.harbour.write('answer.txt', 'it is booked');
    expect((await scene.cli('resolve', runId, 'reserve/call', '--result', file, '--why', 'seen')).code).toBe(
      0,
    );
    const resumed = await scene.cli('resume', forkId);
    expect(resumed).toMatchObject({ code: 0, stdout: 'it is booked\n' });
    expect(works(scene)).toHaveLength(1);
    expect((await scene.cli('verify')).code).toBe(0);
  });

  test('asks the probe by the key of the run that began it', async () => {
    const { scene, runId } = await killedParallel(true);
    const fork = await scene.cli('fork', runId, '--from', 'early');
    expect(fork).toMatchObject({ code: 0, stdout: 'book table number 1\n' });
    expect(scene.desk('book_status')).toMatchObject([{ key: `${runId}/reserve/call` }]);
    expect(works(scene)).toHaveLength(1);
    expect((await scene.cli('replay', scene.runId())).code).toBe(0);
  });
});

test('--skip of a call step that was lost a second time: goes on without it', async () => {
  const { scene, runId, resolve } = await killed('booking');
  expect((await resolve('--retry', '--why', 'not in the ledger')).code).toBe(0);
  scene.harbour.configure({ toolMs: 20_000 });
  await scene.killedAt('begun', 'resume', runId);
  scene.harbour.configure({ toolMs: 0 });
  const skip = ['--skip', '--why', 'nobody needs a table'];
  expect((await scene.cli('resolve', runId, 'reserve/call!2', ...skip)).code).toBe(0);
  const { code, stdout } = await scene.cli('resume', runId);
  expect(code).toBe(0);
  expect(stdout).toContain('Tell.');
  expect(works(scene)).toHaveLength(0);
});

describe('what cannot be decided', () => {
  test('a decision needs one way and a reason', async () => {
    const { resolve } = await killed('booking');
    expect(await resolve('--retry')).toMatchObject({ code: 2, stderr: expect.stringContaining('--why') });
    expect(await resolve('--why', 'so')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--retry'),
    });
    expect(await resolve('--retry', '--skip', '--why', 'so')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--retry and --skip exclude each other'),
    });
    expect(await resolve('--result', 'nowhere.txt', '--why', 'so')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('FILE_NOT_FOUND'),
    });
  });

  test('before the resume the last decision counts; after it there is nothing to decide', async () => {
    const { scene, runId, call, resolve } = await killed('booking');
    expect((await resolve('--retry', '--why', 'first thought')).code).toBe(0);
    const file = scene.harbour.write('answer.txt', 'booked by hand');
    expect((await resolve('--result', file, '--why', 'second thought')).code).toBe(0);
    const { code, stdout } = await scene.cli('resume', runId);
    expect(code).toBe(0);
    expect(stdout).toContain('booked by hand');
    expect(works(scene)).toHaveLength(0);
    const late = await resolve('--retry', '--why', 'third thought');
    expect(late.code).toBe(2);
    expect(late.stderr).toContain('nothing to decide');
    expect(scene.events(runId).filter((event) => event.type === 'call-resolved')).toMatchObject([
      { position: call, why: 'first thought' },
      { position: call, why: 'second thought' },
    ]);
  });

  test('a retry that was made is not decided again', async () => {
    const { scene, runId, resolve } = await killed('booking');
    expect((await resolve('--retry', '--why', 'not in the ledger')).code).toBe(0);
    scene.harbour.configure({ toolMs: 20_000 });
    await scene.killedAt('begun', 'resume', runId);
    // The first attempt has been followed by a second: it is that one which is in doubt now.
    const first = await resolve('--skip', '--why', 'the wrong one');
    expect(first.code).toBe(2);
    expect(first.stderr).toContain('reserve/call!2');
    const second = await scene.cli('resolve', runId, 'reserve/call!2', '--retry', '--why', 'again');
    expect(second.code).toBe(0);
    scene.harbour.configure({ toolMs: 0 });
    expect((await scene.cli('resume', runId)).code).toBe(0);
    expect(works(scene)).toHaveLength(1);
  });

  test('a call that ended well, a step, and what is not there', async () => {
    const { scene, runId } = await killed('asked');
    const decide = (call: string) => scene.cli('resolve', runId, call, '--retry', '--why', 'so');
    expect(await decide('clerk/m1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('ended well'),
    });
    expect(await decide('clerk')).toMatchObject({ code: 2, stderr: expect.stringContaining('not a call') });
    expect(await decide('clerk/t7.1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('CALL_UNKNOWN'),
    });
    expect(await scene.cli('resolve', '19990101', 'clerk/t1.1', '--retry', '--why', 'so')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('RUN_UNKNOWN'),
    });
  });

  test('while another process works on the run', async () => {
    const { scene, runId, resolve } = await killed('booking');
    expect((await resolve('--retry', '--why', 'not in the ledger')).code).toBe(0);
    scene.harbour.configure({ toolMs: 20_000 });
    const before = scene.desk('book').length;
    const { child, done } = scene.start('resume', runId);
    await expect.poll(() => scene.desk('book').length, { timeout: 20_000 }).toBeGreaterThan(before);
    const held = await resolve('--skip', '--why', 'too slow');
    expect(held.code).toBe(2);
    expect(held.stderr).toContain('RUN_HELD');
    child.kill('SIGKILL');
    await done;
  });
});
