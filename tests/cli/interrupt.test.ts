import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProject, type Project } from './support/project.ts';
import { endLeftovers, runCli, startCli } from './support/run-cli.ts';

const booking = (extra = '') => `id: booking
params: { file: { type: string } }
steps:
  - id: hold
    call: desk.book
    arguments: { file: '{{ params.file }}', ms: 120000 }
${extra}`;

let project: Project;
beforeAll(() => {
  project = createProject({
    'workflows/booking.yaml': booking(),
    'workflows/waiting.yaml':
      'id: waiting\nsteps:\n  - id: hold\n    call: desk.wait\n    arguments: { ms: 120000 }\n',
  });
});
afterAll(() => {
  endLeftovers();
  project.remove();
});

/** Starts a booking, and resolves when the tool is in the middle of it. */
async function startBooking(db: string) {
  const file = join(project.dir, `${db}.txt`);
  const running = startCli(['run', 'booking', '--param', `file=${file}`, '--db', db], { cwd: project.dir });
  await until(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n'));
  return { ...running, serverPid: Number(readFileSync(file, 'utf8')) };
}

const cli = (...args: string[]) => runCli(args, { cwd: project.dir });

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s ends the run in order: interrupted, nothing left behind',
  async (signal) => {
    const { child, done, serverPid } = await startBooking(`${signal}.db`);
    child.kill(signal);
    const { code, stderr } = await done;
    expect(code).toBe(130);
    expect(stderr).toContain('Interrupted: the run is being ended.');
    expect(isAlive(serverPid)).toBe(false);
    const runs = await cli('runs', '--json', '--db', `${signal}.db`);
    // The tool may have booked: nobody knows, and the log says so.
    expect(JSON.parse(runs.stdout)).toMatchObject({ inDoubt: 1 });
    expect((await cli('verify', '--db', `${signal}.db`)).code).toBe(0);
  },
);

test('a reading call that was cut off is in no doubt', async () => {
  const { child, done, saw } = startCli(['run', 'waiting', '--json', '--db', 'wait.db'], {
    cwd: project.dir,
  });
  await saw('"call-begun"');
  child.kill('SIGINT');
  expect((await done).code).toBe(130);
  const runs = await cli('runs', '--json', '--db', 'wait.db');
  expect(JSON.parse(runs.stdout)).toMatchObject({ status: 'interrupted', inDoubt: 0 });
});

test('a second signal ends the program at once', async () => {
  const { child, done, saw, serverPid } = await startBooking('twice.db');
  child.kill('SIGINT');
  await saw('Once more ends the program at once');
  child.kill('SIGINT');
  const { code } = await done;
  expect(code).toBe(130);
  await until(() => !isAlive(serverPid));
});

test('kill -9 leaves a log that verifies, and that says which call is in doubt', async () => {
  const { child, done, serverPid } = await startBooking('killed.db');
  expect((await cli('runs', '--db', 'killed.db')).stdout).toMatch(/ running .* 1 open/);
  child.kill('SIGKILL');
  expect((await done).signal).toBe('SIGKILL');
  // Nothing of ours runs any more: the server leaves when its input ends.
  await until(() => !isAlive(serverPid));
  const verify = await cli('verify', '--db', 'killed.db');
  expect(verify.code).toBe(0);
  expect(verify.stdout).toContain('begun, and no end in the log: desk.book at hold/call (irreversible)');
  expect((await cli('runs', '--db', 'killed.db')).stdout).toMatch(/ died .* 1 in doubt/);
  const json = JSON.parse((await cli('runs', '--json', '--db', 'killed.db')).stdout);
  expect(json).toMatchObject({ status: 'running', held: false, inDoubt: 1 });
  const show = await cli('show', 'last', '--db', 'killed.db');
  expect(show.stdout).toContain('died: its end is not in the log');
  expect(show.stdout).toMatch(/#1 {2}tool {2}desk\.book {2}at hold\/call {2}\(irreversible\)/);
  const step = await cli('show', 'last', '--step', 'hold', '--db', 'killed.db');
  expect(step.stdout).toContain('no end in the log: in doubt');
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that ended and that nobody has waited for yet still has its id.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}
