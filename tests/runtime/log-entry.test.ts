import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { forkRun, loadWorkflow, runLoadedWorkflow } from '../../src/index.ts';
import {
  type AuditFile,
  compareRuns,
  exportRun,
  findRun,
  foldRun,
  importRun,
  listCosts,
  listRuns,
  openAuditLog,
  verifyRun,
} from '../../src/log.ts';
import { smallProject } from './support/small-project.ts';

// What a program can do with the log: the same as the command line.
test('a program lists, verifies, exports, imports and compares the runs that it made', async () => {
  let answer = 'first';
  const { runtime, write } = await smallProject(() => answer);
  write('  - id: a\n    prompt: "A"\n  - id: b\n    prompt: "B {{ a.text }}"\n');
  const workflow = await loadWorkflow(runtime, 'w');
  const { runId } = await runLoadedWorkflow(runtime, workflow);
  answer = 'second';
  const fork = await forkRun(runtime, runId, { from: 'b' });

  const log = runtime.log as AuditFile;
  expect(listRuns(log).map((run) => run.runId)).toEqual([fork.runId, runId]);
  expect(findRun(log, 'last')).toBe(fork.runId);
  expect(verifyRun(log, runId).ok).toBe(true);
  expect(listCosts(log, {})).not.toEqual([]);

  const compared = (id: string) => ({
    run: foldRun(id, log.events(id)),
    load: (hash: string) => log.load(hash),
  });
  const { equal, firstDivergence } = compareRuns(compared(runId), compared(fork.runId));
  expect([equal, firstDivergence?.a?.position]).toEqual([false, 'b/m1']);

  const file = join(runtime.projectDir, 'run.jsonl');
  writeFileSync(file, [...exportRun(log, runId)].map((line) => `${line}\n`).join(''));
  const other = openAuditLog({ file: join(runtime.projectDir, 'other.db'), durability: 'normal' });
  expect(importRun(other, file, { nowMs: Date.now() })).toMatchObject({ runId, outcome: 'imported' });
  expect(verifyRun(other, runId).ok).toBe(true);
  other.close();
});
