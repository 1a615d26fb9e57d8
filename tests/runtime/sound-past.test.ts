import { expect, test } from 'vitest';
import { type AuditFile, requireSound } from '../../src/audit/sqlite/index.ts';
import { newestUnfinished } from '../../src/cli/unfinished.ts';
import { forkRun, ModelError, replayRun, resolveCall, resumeRun, runGroup } from '../../src/index.ts';
import { idOf, smallProject } from './support/small-project.ts';

// What the command line goes on with, and that nobody has changed it.

const steps = '  - id: a\n    prompt: "A"\n  - id: b\n    prompt: "B {{ a.text }}"\n';
const refused = () => ({ error: new ModelError({ code: 'MODEL_AUTH', message: 'No key.' }) });

/** As somebody would who wants another past. */
function tamper(log: AuditFile, runId: string): void {
  log.database.exec(`
    DROP TRIGGER IF EXISTS events_are_final;
    UPDATE events SET at = at + 1 WHERE type = 'call-ended' AND run = (SELECT run FROM run_keys WHERE run_id = '${runId}')`);
}

test('the newest run that has not ended well is found behind any number of replays', async () => {
  const { runtime, write, run, load } = await smallProject(refused);
  write(steps);
  const runId = await run();
  for (let time = 0; time < 51; time++) await replayRun(runtime, runId);
  expect(newestUnfinished(runtime, await load(), {})).toBe(runId);
});

test('nothing is built on a run that was changed', async () => {
  const { runtime, write, run } = await smallProject(refused);
  write(steps);
  const runId = await run();
  tamper(runtime.log as AuditFile, runId);
  const program = { workflowId: 'w', work: async () => 0 };
  const refusedWith = expect.objectContaining({
    code: 'LOG_CORRUPT',
    message: expect.stringContaining('event'),
  });
  await expect(resumeRun(runtime, runId)).rejects.toEqual(refusedWith);
  await expect(replayRun(runtime, runId)).rejects.toEqual(refusedWith);
  await expect(forkRun(runtime, runId, { from: 'a' })).rejects.toEqual(refusedWith);
  const decision = { call: 'a/m1', decision: 'retry', by: 'Ada', why: 'a test' } as const;
  await expect(resolveCall(runtime, runId, decision)).rejects.toEqual(refusedWith);
  for (const past of [{ replay: runId }, { fork: runId, from: 'a' }])
    await expect(runGroup(runtime, { ...program, options: { past } })).rejects.toEqual(refusedWith);
  // A refusal keeps nobody else from the run.
  expect(runtime.log.isHeld(runId)).toBe(false);
});

test('a fork is not sound when the run that it takes from was changed', async () => {
  let refuses = false;
  const project = await smallProject(() => (refuses ? refused() : 'x'));
  const { runtime, write, run } = project;
  const log = runtime.log as AuditFile;
  write(steps);
  const parent = await run();
  refuses = true;
  const fork = await idOf(forkRun(runtime, parent, { from: 'b' }));
  requireSound(log, fork);
  tamper(log, parent);
  expect(() => requireSound(log, fork)).toThrow(`Run ${parent} does not verify`);
});
