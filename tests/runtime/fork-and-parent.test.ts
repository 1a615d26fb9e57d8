import { expect, test } from 'vitest';
import { type AuditFile, pruneRuns } from '../../src/audit/sqlite/index.ts';
import { forkRun, ModelError, resumeRun } from '../../src/index.ts';
import { idOf, smallProject } from './support/small-project.ts';

// What a fork still needs of its parent, and what it does not.

const chain =
  '  - id: a\n    prompt: "A"\n  - id: b\n    prompt: "B {{ a.text }}"\n  - id: c\n    prompt: "C {{ b.text }}"\n';

/** A model that refuses its key while `refuses` says so, and counts what it is asked. */
async function projectThatCanFail() {
  const asked: string[] = [];
  const world = { refuses: '' };
  const project = await smallProject(({ messages }, { position }) => {
    asked.push(position);
    const refused = world.refuses !== '' && JSON.stringify(messages).includes(world.refuses);
    return refused ? { error: new ModelError({ code: 'MODEL_AUTH', message: 'No key.' }) } : 'x';
  });
  return { ...project, asked, world };
}

function pruneAlone(log: AuditFile, runId: string): void {
  const last = [...log.events(runId)].at(-1)?.at ?? 0;
  const { prune } = pruneRuns(log, { olderThanMs: last + 1, by: 'Ada', why: 'old' });
  expect(prune.map((run) => run.runId)).toEqual([runId]);
}

const aMoment = () => new Promise((done) => setTimeout(done, 5));

test('a fork that ended well is forked again when its parent is pruned', async () => {
  const { runtime, write, run } = await projectThatCanFail();
  write(chain);
  const parent = await run();
  await aMoment();
  const fork = await forkRun(runtime, parent, { from: 'b' });
  pruneAlone(runtime.log as AuditFile, parent);
  expect((await forkRun(runtime, fork.runId, { from: 'c' })).response).toBe('x');
});

test('a fork that stopped early keeps its parent from being pruned, and is resumed', async () => {
  const { runtime, write, run, world } = await projectThatCanFail();
  write(chain);
  const parent = await run();
  await aMoment();
  world.refuses = 'B';
  const fork = await idOf(forkRun(runtime, parent, { from: 'b' }));
  const log = runtime.log as AuditFile;
  const last = [...log.events(parent)].at(-1)?.at ?? 0;
  const { prune, kept } = pruneRuns(log, { olderThanMs: last + 1, by: 'Ada', why: 'old' });
  expect(prune).toEqual([]);
  expect(kept).toEqual({ young: 1, 'parent of an unfinished run': 1 });
  world.refuses = '';
  expect((await resumeRun(runtime, fork)).response).toBe('x');
});

test('a fork that is resumed keeps what it kept when it was made, whatever its parent was made with', async () => {
  const { runtime, write, run, asked, world } = await projectThatCanFail();
  const two = '  - id: a\n    prompt: "A"\n  - id: b\n    prompt: "B"\n';
  write(two);
  const parent = await run();
  // From here on b follows from a: a fork from a makes both anew.
  write(`${two}    when: "{{ a.text }}"\n`);
  world.refuses = 'A';
  const fork = await idOf(forkRun(runtime, parent, { from: 'a' }));
  world.refuses = '';
  asked.length = 0;
  await resumeRun(runtime, fork);
  expect(asked).toEqual(['a/m1!2', 'b/m1']);
});
