import { copyFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, test } from 'vitest';
import { deskGone } from '../crash/support/processes.ts';
import { bookingFiles, openScene, type Scene } from '../crash/support/scene.ts';
import { endLeftovers, runCli, startCli } from './support/run-cli.ts';

const scenes: Scene[] = [];
afterEach(async () => {
  endLeftovers();
  for (const scene of scenes.splice(0)) await scene.close();
});

const works = (scene: Scene) => scene.desk('book').filter(({ phase }) => phase === 'done');
const booking = bookingFiles['workflows/booking.yaml'];

/** A run whose booking ended well and whose model refused: `reserve` is finished, `tell` is not. */
async function halfDone() {
  const scene = await openScene({ files: bookingFiles });
  scenes.push(scene);
  scene.model.become({ refusing: true });
  expect((await scene.cli('run', 'booking', '--quiet')).code).toBe(1);
  scene.model.become({ refusing: false });
  return { scene, runId: scene.runId() };
}

describe('a run that cannot be gone on with', () => {
  test('two at once: one goes on, the other is told so', async () => {
    const { scene, runId } = await halfDone();
    scene.model.become({ thinkMs: 3000 });
    const both = await Promise.all([scene.cli('resume', runId), scene.cli('resume', runId)]);
    expect(both.map(({ code }) => code).sort()).toEqual([0, 2]);
    const refused = both.find(({ code }) => code === 2);
    expect(refused?.stderr).toContain('[RUN_HELD]');
    expect(scene.model.requests()).toBe(2);
    expect(scene.events().filter(({ type }) => type === 'run-resumed')).toHaveLength(1);
  });

  test('one that ended well, a replay of it, and one that is not there', async () => {
    const { scene, runId } = await halfDone();
    expect((await scene.cli('resume', runId)).code).toBe(0);
    const finished = await scene.cli('resume', runId);
    expect(finished).toMatchObject({ code: 2, stderr: expect.stringContaining('[RUN_NOT_RESUMABLE]') });
    expect(finished.stderr).toContain(`aiworkflow replay ${runId}`);
    // Nothing is left to resume: a new run begins.
    expect((await scene.cli('run', 'booking', '--resume')).code).toBe(0);
    expect(scene.runId()).not.toBe(runId);
    expect(works(scene)).toHaveLength(2);
    expect((await scene.cli('resume', '19990101-000000-aaaaaaaa')).stderr).toContain('[RUN_UNKNOWN]');
  });

  test('a replay that failed', async () => {
    const { scene, runId } = await halfDone();
    expect((await scene.cli('replay', runId)).code).toBe(0);
    const replay = scene.runId();
    expect(replay).not.toBe(runId);
    const { code, stderr } = await scene.cli('resume', replay);
    expect(code).toBe(2);
    expect(stderr).toContain('is a replay');
  });

  test('the run of a program', async () => {
    const { scene } = await halfDone();
    const main = pathToFileURL(join(import.meta.dirname, '../../src/index.ts')).href;
    const program = scene.harbour.write(
      'program.ts',
      `import { workflow } from '${main}';
await workflow('ledger', async () => { throw new Error('no ink'); }).catch(() => {});
`,
    );
    const { spawnSync } = await import('node:child_process');
    const ran = spawnSync(process.execPath, [program], { cwd: scene.harbour.dir, encoding: 'utf8' });
    expect(ran.stderr).toBe('');
    const { code, stderr } = await scene.cli('resume', 'last');
    expect(code).toBe(2);
    expect(stderr).toContain('was made by a program ("ledger")');
    expect(stderr).toContain('past: { resume:');
  });
});

describe('a workflow that has changed since', () => {
  test('in a step that is finished: the first difference, and two ways on', async () => {
    const { scene, runId } = await halfDone();
    scene.harbour.write('workflows/booking.yaml', booking.replace('item: table', 'item: chair'));
    const { code, stderr } = await scene.cli('resume', runId);
    expect(code).toBe(1);
    expect(stderr).toContain('[REPLAY_DIVERGED]');
    expect(stderr).toMatch(/table.*chair/s);
    expect(stderr).toContain(`aiworkflow fork ${runId} --from reserve`);
    expect(stderr).toContain('--as-recorded');
    expect(works(scene)).toHaveLength(1);
    const recorded = await scene.cli('resume', runId, '--as-recorded');
    expect(recorded).toMatchObject({ code: 0, stdout: expect.stringContaining('Tell. book table number 1') });
    expect(works(scene)).toHaveLength(1);
    expect((await scene.cli('verify', runId)).code).toBe(0);
  });

  test('in the step that failed: it goes on as the file says now', async () => {
    const { scene, runId } = await halfDone();
    scene.harbour.write('workflows/booking.yaml', booking.replace("'Tell.", "'Say loudly."));
    const { code, stdout } = await scene.cli('resume', runId);
    expect(code).toBe(0);
    expect(stdout).toContain('Say loudly. book table number 1');
    expect(works(scene)).toHaveLength(1);
    // The log knows with which definition it went on.
    expect(scene.events().find(({ type }) => type === 'run-resumed')).toHaveProperty('definition');
    expect((await scene.cli('replay', runId, '--as-recorded')).code).toBe(0);
  });

  test('by another step that was not there', async () => {
    const { scene, runId } = await halfDone();
    const more = booking.replace(
      'result:',
      '  - id: more\n    call: desk.look\n    arguments: { item: sea }\nresult:',
    );
    scene.harbour.write('workflows/booking.yaml', more);
    expect((await scene.cli('resume', runId)).code).toBe(0);
    expect(scene.desk('look').filter(({ phase }) => phase === 'done')).toHaveLength(1);
    expect(works(scene)).toHaveLength(1);
  });

  test('its file is gone', async () => {
    const { scene, runId } = await halfDone();
    rmSync(join(scene.harbour.dir, 'workflows/booking.yaml'));
    const { code, stderr } = await scene.cli('resume', runId);
    expect(code).toBe(2);
    expect(stderr).toContain('[WORKFLOW_UNKNOWN]');
    expect(stderr).toContain('--as-recorded');
    const recorded = await scene.cli('resume', runId, '--as-recorded');
    expect(recorded).toMatchObject({ code: 0, stdout: expect.stringContaining('book table number 1') });
  });
});

describe('what the run needs is gone', () => {
  test('a server that only finished steps used matters to nobody', async () => {
    const { scene, runId } = await halfDone();
    breakServer(scene);
    expect((await scene.cli('resume', runId)).code).toBe(0);
  });

  test('a server that is needed: said, and the next resume goes on', async () => {
    const scene = await openScene({ files: bookingFiles, toolMs: 20_000 });
    scenes.push(scene);
    const runId = await scene.killedAt('begun', 'run', 'booking');
    const retry = await scene.cli('resolve', runId, 'reserve/call', '--retry', '--why', 'not done');
    expect(retry.code).toBe(0);
    breakServer(scene);
    const { code, stderr } = await scene.cli('resume', runId);
    expect(code).toBe(1);
    expect(stderr).toContain('[TOOL_SERVER_UNREACHABLE]');
    scene.harbour.configure({ toolMs: 0 });
    expect((await scene.cli('resume', runId)).code).toBe(0);
    expect(works(scene)).toHaveLength(1);
  });

  test('a model that the project does not know any more: another one is typed', async () => {
    const { scene, runId } = await halfDone();
    scene.harbour.configure({ providerName: 'other' });
    const { code, stderr } = await scene.cli('resume', runId);
    expect(code).toBe(2);
    expect(stderr).toContain('[MODEL_UNKNOWN]');
    const requests = scene.model.requests();
    const other = await scene.cli('resume', runId, '--model', 'other:clerk');
    expect(other).toMatchObject({ code: 0, stdout: expect.stringContaining('book table number 1') });
    expect(scene.model.requests() - requests).toBe(1);
    expect(works(scene)).toHaveLength(1);
  });

  function breakServer(scene: Scene): void {
    scene.harbour.configure({ deskArguments: ['-e', 'process.exit(3)'] });
  }
});

test('a clock that jumped back, and then far ahead', async () => {
  const scene = await openScene({ files: bookingFiles, toolMs: 20_000 });
  scenes.push(scene);
  const { dir } = scene.harbour;
  const day = 86_400_000;
  const at = (shiftMs: number) => ({
    cwd: dir,
    env: {
      NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, '../crash/support/shift-clock.mjs')).href}`,
      CLOCK_SHIFT_MS: String(shiftMs),
    },
  });
  const killed = startCli(['run', 'booking'], at(0));
  await expect.poll(() => scene.desk('book').length, { timeout: 20_000 }).toBe(1);
  killed.child.kill('SIGKILL');
  await killed.done;
  await deskGone(dir);
  const waits = await runCli(['resume', 'last'], at(-10 * day));
  expect(waits.code).toBe(4);
  expect(
    (await runCli(['resolve', 'last', 'reserve/call', '--retry', '--why', 'not done'], at(-20 * day))).code,
  ).toBe(0);
  scene.harbour.configure({ toolMs: 0 });
  const { code, stdout, stderr } = await runCli(['resume', 'last'], at(400 * day));
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('book table number 1') });
  expect(stderr).not.toMatch(/-\d+ (ms|s|min|h|d)\b|NaN/);
  expect((await scene.cli('verify', 'last')).code).toBe(0);
  expect((await scene.cli('replay', 'last')).code).toBe(0);
  for (const page of [['show', 'last'], ['runs']])
    expect((await scene.cli(...page)).stdout).not.toMatch(/-\d[\d.]* ?(ms|s|min|h|d)\b|NaN/);
});

describe('a log that was touched', () => {
  /** What somebody with an SQL shell can do, once the triggers are out of the way. */
  function tamper(scene: Scene, sql: string): void {
    const database = new Database(scene.harbour.database);
    database.pragma('foreign_keys = OFF');
    for (const trigger of ['events_are_kept', 'events_are_final', 'blobs_are_kept', 'blobs_are_final'])
      database.exec(`DROP TRIGGER ${trigger}`);
    database.exec(sql);
    database.close();
  }

  test.each([
    { what: 'a time', sql: 'UPDATE events SET at = at + 1 WHERE seq = 4', says: 'event 4' },
    {
      what: 'an event that is gone',
      sql: 'DELETE FROM events WHERE seq = 5',
      says: 'event 6: follows event 4',
    },
    { what: 'a text', sql: "UPDATE blobs SET body = x'00'", says: 'does not verify' },
  ])('$what: nothing is built on it, and the first that does not fit is named', async ({ sql, says }) => {
    const { scene, runId } = await halfDone();
    tamper(scene, sql);
    const { code, stderr } = await scene.cli('resume', runId);
    expect(code).toBe(1);
    expect(stderr).toContain('[LOG_CORRUPT]');
    expect(stderr).toContain(says);
    expect(works(scene)).toHaveLength(1);
    expect(scene.model.requests()).toBe(1);
  });

  test.each([0.3, 0.7])('a file that was cut at %d of its length', async (share) => {
    const { scene, runId } = await halfDone();
    const { database } = scene.harbour;
    const whole = new Database(database);
    whole.pragma('wal_checkpoint(TRUNCATE)');
    whole.close();
    copyFileSync(database, `${database}.whole`);
    truncateSync(database, Math.floor(statSync(database).size * share));
    const { code, stderr } = await scene.cli('resume', runId);
    expect([1, 2]).toContain(code);
    expect(stderr).toMatch(/\[LOG_(CORRUPT|FOREIGN|UNOPENABLE)\]/);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(scene.model.requests()).toBe(1);
  });
});
