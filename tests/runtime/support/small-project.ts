import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { loadWorkflow } from '../../../src/definitions/load-workflow.ts';
import type { LoadedWorkflow } from '../../../src/domain/loaded-workflow.ts';
import { AiworkflowError, createRuntime, type Runtime, runLoadedWorkflow } from '../../../src/index.ts';
import { type Script, scriptedModel } from '../../../src/testing/index.ts';

export interface SmallProject {
  readonly runtime: Runtime;
  /** Writes the steps of workflow `w` into its file. */
  write(steps: string): void;
  load(): Promise<LoadedWorkflow>;
  /** Runs it as the file says now; gives the run's id, however it ended. */
  run(): Promise<string>;
}

/** A folder with one workflow, a log in a file, and a model that answers as the script says. */
export async function smallProject(script: Script): Promise<SmallProject> {
  const dir = mkdtempSync(join(tmpdir(), 'aiworkflow-small-'));
  const file = join('workflows', 'w.yaml');
  mkdirSync(join(dir, 'workflows'));
  const model = scriptedModel(script);
  const runtime = await createRuntime({ projectDir: dir, env: {}, models: { scripted: () => model } });
  onTestFinished(async () => {
    await runtime.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const load = (): Promise<LoadedWorkflow> => {
    const { config, services } = runtime;
    const { schemas, templates } = services;
    return loadWorkflow({ project: { dir, config }, schemas, templates, ref: file });
  };
  return {
    runtime,
    load,
    write: (steps) => writeFileSync(join(dir, file), `id: w\nmodel: scripted:a\nsteps:\n${steps}`),
    run: async () => idOf(runLoadedWorkflow(runtime, await load())),
  };
}

/** The id of a run, however it ends. */
export async function idOf(work: Promise<{ readonly runId: string }>): Promise<string> {
  try {
    return (await work).runId;
  } catch (error) {
    if (AiworkflowError.is(error) && error.runId !== undefined) return error.runId;
    throw error;
  }
}
