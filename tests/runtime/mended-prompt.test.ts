import { expect, test } from 'vitest';
import { type AuditFile, listRuns } from '../../src/audit/sqlite/index.ts';
import { modelRequestOf } from '../../src/cli/show/call-request.ts';
import { openRun } from '../../src/cli/show/run-source.ts';
import { ModelError, type Runtime, replayRun, resumeRun } from '../../src/index.ts';
import { smallProject } from './support/small-project.ts';

// A prompt that is mended after its call failed: the log says what was sent then, and what is sent now.

const step = (prompt: string) => `  - id: a\n    prompt: "${prompt}"\n`;

/** What each model call of the run sent, as `show --call` puts it together. */
function sentBy({ log }: Runtime, runId: string) {
  const source = openRun(log, runId);
  return Object.fromEntries(
    [...source.run.calls].map(([position, call]) => [
      position,
      modelRequestOf(source, call).messages.flatMap((message) =>
        message.role === 'user' ? message.content.map((part) => part.type === 'text' && part.text) : [],
      ),
    ]),
  );
}

test('the attempt that is made with another prompt names what it sends, and so does its replay', async () => {
  let fails = true;
  const project = await smallProject(() =>
    fails ? { error: new ModelError({ code: 'MODEL_STREAM_BROKEN', message: 'Cut off.' }) } : 'fine',
  );
  project.write(step('old'));
  const runId = await project.run();
  fails = false;
  project.write(step('new'));
  const { costUsd } = await resumeRun(project.runtime, runId);
  expect(costUsd).toBe(listRuns(project.runtime.log as AuditFile)[0]?.costUsd);
  expect(sentBy(project.runtime, runId)).toEqual({ 'a/m1': ['old'], 'a/m1!2': ['new'] });

  const replay = await replayRun(project.runtime, runId);
  expect(replay.equal).toBe(true);
  expect(sentBy(project.runtime, replay.runId)).toEqual({ 'a/m1!2': ['new'] });
});

test('a prompt that is another one after a retry is shown as the difference', async () => {
  let asked = 0;
  const project = await smallProject(() => {
    if (++asked > 1) return 'fine';
    return { error: new ModelError({ code: 'MODEL_OVERLOADED', message: 'Later.', retryable: true }) };
  });
  project.write(step('old'));
  const runId = await project.run();
  project.write(step('new'));
  const { error } = await replayRun(project.runtime, runId);
  expect(error?.details).toMatchObject({
    position: 'a/m1!2',
    differences: [
      { part: 'message', was: expect.stringContaining('old'), now: expect.stringContaining('new') },
    ],
  });
});
