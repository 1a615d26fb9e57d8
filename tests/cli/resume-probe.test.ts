import { afterEach, expect, test } from 'vitest';
import { bookingFiles, openScene, type Scene } from '../crash/support/scene.ts';
import { endLeftovers } from './support/run-cli.ts';

const scenes: Scene[] = [];
afterEach(async () => {
  endLeftovers();
  for (const scene of scenes.splice(0)) await scene.close();
});

/** A booking whose program was killed when the tools' file had a line of this kind; then tools are quick again. */
async function killedBooking(phase: 'begun' | 'done', mood = '') {
  const scene = await openScene({
    files: bookingFiles,
    // Long enough that a call that has begun is never done, and short where the work is to be waited for.
    toolMs: phase === 'begun' ? 20_000 : 500,
    withProbe: true,
  });
  scenes.push(scene);
  const runId = await scene.killedAt(phase, 'run', 'booking');
  scene.harbour.configure({ toolMs: 0, mood, ...(mood === 'silent' && { timeoutMs: 300 }) });
  return { scene, runId };
}

const works = (scene: Scene) => scene.desk('book').filter(({ phase }) => phase === 'done');
const decisions = (scene: Scene) => scene.events().filter((event) => event.type === 'call-resolved');

test('done: the call counts as made, with the result that the probe tells', async () => {
  const { scene, runId } = await killedBooking('done');
  const { code, stdout } = await scene.cli('resume', runId);
  expect(code).toBe(0);
  expect(stdout).toContain('Tell. book table number 1');
  expect(works(scene)).toHaveLength(1);
  expect(decisions(scene)).toMatchObject([
    { position: 'reserve/call', decision: 'result', by: 'desk.book_status' },
  ]);
  const replay = await scene.cli('replay', runId);
  expect(replay.code).toBe(0);
});

test('not done: the call is made again, under the same key', async () => {
  const { scene, runId } = await killedBooking('begun');
  expect(works(scene)).toHaveLength(0);
  expect((await scene.cli('resume', runId)).code).toBe(0);
  expect(works(scene)).toMatchObject([{ key: `${runId}/reserve/call` }]);
  expect(decisions(scene)).toMatchObject([
    { position: 'reserve/call', decision: 'retry', by: 'desk.book_status' },
  ]);
  const asked = scene.events().filter((event) => event.type === 'call-begun');
  expect(asked.map(({ position }) => position)).toEqual([
    'reserve/call',
    'reserve/call?1',
    'reserve/call!2',
    'tell/m1',
  ]);
});

test.each(['unknown', 'garbage', 'failing', 'silent', 'dying'])(
  '%s: a person has to decide, and the next resume asks anew',
  async (mood) => {
    const { scene, runId } = await killedBooking('done', mood);
    const waits = await scene.cli('resume', runId);
    expect(waits.code).toBe(4);
    expect(waits.stderr).toContain('desk.book_status could not tell either.');
    expect(waits.stderr).toContain(`aiworkflow resolve ${runId} reserve/call`);
    expect(works(scene)).toHaveLength(1);
    expect(decisions(scene)).toEqual([]);
    scene.harbour.configure({ toolMs: 0, mood: '' });
    expect((await scene.cli('resume', runId)).code).toBe(0);
    expect(works(scene)).toHaveLength(1);
    expect(decisions(scene)).toMatchObject([{ decision: 'result', by: 'desk.book_status' }]);
  },
);

test('a program that dies while it asks leaves no question open', async () => {
  const { scene, runId } = await killedBooking('done', 'silent');
  scene.harbour.configure({ toolMs: 0, mood: 'silent' });
  await scene.killedAt('asked', 'resume', runId);
  scene.harbour.configure({ toolMs: 0 });
  expect((await scene.cli('resume', runId)).code).toBe(0);
  const verify = await scene.cli('verify', runId);
  expect(verify.stdout).not.toContain('no end in the log');
  expect(decisions(scene)).toMatchObject([
    { position: 'reserve/call?1', decision: 'retry', by: 'aiworkflow' },
    { position: 'reserve/call', decision: 'result', by: 'desk.book_status' },
  ]);
});

test('a server that is gone is told as it is, and the call stays in doubt', async () => {
  const { scene, runId } = await killedBooking('done');
  scene.harbour.configure({
    extra: `  other:\n    command: ${process.execPath}\n    args: ['-e', 'process.exit(3)']\n`,
  });
  scene.harbour.write(
    'workflows/booking.yaml',
    bookingFiles['workflows/booking.yaml'].replace('[desk]', '[other]'),
  );
  const gone = await scene.cli('resume', runId);
  expect(gone.code).not.toBe(0);
  expect(decisions(scene)).toEqual([]);
  expect(works(scene)).toHaveLength(1);
});
