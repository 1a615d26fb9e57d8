// Makes the files of recordings/ anew: `node scripts/record-demo.ts`, after a prompt, a contract or a vendor file has
// changed. The answers are written by hand (tests/support/*-script.ts); no live model is asked.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AuditFile, exportRun, openAuditLog, verifyExport } from '../src/audit/sqlite/index.ts';
import { loadWorkflow } from '../src/definitions/index.ts';
import type { JsonObject } from '../src/domain/json.ts';
import { runLoadedWorkflow } from '../src/runtime/run-workflow-file.ts';
import { createRuntime } from '../src/runtime.ts';
import { acceptChange } from '../src/servers/catalog/changes/decide-change.ts';
import { openCatalog } from '../src/servers/catalog/open-catalog.ts';
import { readArguments } from '../src/servers/catalog/read-arguments.ts';
import { type Script, scriptedModel } from '../src/testing/index.ts';
import { answerDayTwo, answerProductDatamart } from '../tests/support/product-datamart-script.ts';
import { answerVendorFiles } from '../tests/support/vendor-files-script.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const origin = 'answers written by hand for this project; no live model was asked';

interface Recording {
  /** Of the file in recordings/. */
  readonly name: string;
  readonly workflow: string;
  readonly script: Script;
  readonly params?: JsonObject;
}

const dayTwo = { workflow: 'product-datamart', params: { pattern: 'day-two/**' } };
const files: Recording = { name: 'vendor-files', workflow: 'vendor-files', script: answerVendorFiles };
const first: Recording = {
  name: 'product-datamart',
  workflow: 'product-datamart',
  script: (request, { position }) => answerProductDatamart(request, position),
};
const second: Recording = {
  ...dayTwo,
  name: 'product-datamart-day-two',
  script: (request, { position }) => answerDayTwo(request, position),
};
const healed: Recording = { ...second, name: 'product-datamart-healed' };

await inProject((dir) => record(dir, files));
// The days follow each other in one lake and one catalog.
await inProject(async (dir) => {
  await record(dir, first);
  await record(dir, second);
  await acceptAll(dir);
  await record(dir, healed);
});

/** In a copy of the project, so that the lake is empty, and paths in the recording are those of any clone: relative. */
async function inProject(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'aiworkflow-demo-'));
  try {
    for (const path of ['aiworkflow.yaml', 'workflows', 'prompts', 'contracts', 'data'])
      cpSync(join(root, path), join(dir, path), { recursive: true });
    await work(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function record(projectDir: string, { name, workflow, script, params = {} }: Recording): Promise<void> {
  const model = `scripted:${name}`;
  const file = join(projectDir, `${name}.db`);
  const log: AuditFile = openAuditLog({ file, durability: 'normal' });
  const runtime = await createRuntime({
    projectDir,
    log,
    models: { scripted: () => scriptedModel(script, model) },
  });
  try {
    const { schemas, templates } = runtime.services;
    const project = { dir: projectDir, config: runtime.config };
    const loaded = await loadWorkflow({ project, schemas, templates, ref: workflow });
    const { runId } = await runLoadedWorkflow(runtime, loaded, { models: { all: model, steps: {} }, params });
    keep(name, [...exportRun(log, runId, { origin })].map((line) => `${line}\n`).join(''));
  } finally {
    await runtime.close();
  }
}

/** What a person does between the two runs of the second day: `aiworkflow catalog accept`. */
async function acceptAll(dir: string): Promise<void> {
  const folders = [
    '--feeds',
    join(dir, '.aiworkflow/feeds'),
    '--database',
    join(dir, '.aiworkflow/catalog.sqlite'),
  ];
  const settings = readArguments(['--contracts', join(dir, 'contracts'), ...folders]);
  const { backend, book } = openCatalog(settings, { env: process.env });
  try {
    for (const { id } of book.list())
      await acceptChange({ backend, book, nowMs: Date.now() }, { changeId: id, by: 'demo' });
  } finally {
    book.close();
  }
}

function keep(name: string, text: string): void {
  const verified = verifyExport(text);
  if (!verified.ok) throw new Error(`The recording does not verify: ${JSON.stringify(verified)}`);
  requireNoMachinePath(text, [root.replace(/\/$/, ''), homedir(), tmpdir()]);
  mkdirSync(join(root, 'recordings'), { recursive: true });
  writeFileSync(join(root, 'recordings', `${name}.jsonl`), text);
  const [run] = verified.runs;
  console.log(`recordings/${name}.jsonl: ${run?.events} events, ${text.length} bytes, root ${run?.root}`);
}

/** A recording ships with the project: what is in it must be true on every machine. */
function requireNoMachinePath(text: string, paths: readonly string[]): void {
  const found = paths.filter((path) => path.length > 1 && text.includes(path));
  if (found.length > 0) throw new Error(`The recording names paths of this machine: ${found.join(', ')}`);
}
