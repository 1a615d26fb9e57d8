// Makes recordings/product-datamart.jsonl anew: `node scripts/record-demo.ts`, after a prompt, a contract or a vendor
// file has changed. The answers are written by hand (tests/support/product-datamart-script.ts); no live model is asked.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AuditFile, exportRun, openAuditLog, verifyExport } from '../src/audit/sqlite/index.ts';
import { loadWorkflow } from '../src/definitions/index.ts';
import { runLoadedWorkflow } from '../src/runtime/run-workflow-file.ts';
import { createRuntime } from '../src/runtime.ts';
import { scriptedModel } from '../src/testing/index.ts';
import { answerProductDatamart } from '../tests/support/product-datamart-script.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const recording = join(root, 'recordings/product-datamart.jsonl');
const origin = 'answers written by hand for this project; no live model was asked';
const model = 'scripted:product-datamart';

const dir = mkdtempSync(join(tmpdir(), 'aiworkflow-demo-'));
try {
  copyProject(dir);
  const text = await record(dir);
  requireNoMachinePath(text, [dir, root.replace(/\/$/, ''), homedir(), tmpdir()]);
  const verified = verifyExport(text);
  if (!verified.ok) throw new Error(`The recording does not verify: ${JSON.stringify(verified)}`);
  mkdirSync(join(root, 'recordings'), { recursive: true });
  writeFileSync(recording, text);
  console.log(
    `recordings/product-datamart.jsonl: ${verified.runs[0]?.events} events, ${text.length} bytes, root ${verified.runs[0]?.root}`,
  );
} finally {
  rmSync(dir, { recursive: true, force: true });
}

/** A copy, so that the lake is empty, and paths in the recording are those of any clone: relative. */
function copyProject(to: string): void {
  for (const path of ['aiworkflow.yaml', 'workflows', 'prompts', 'contracts', 'data'])
    cpSync(join(root, path), join(to, path), { recursive: true });
}

async function record(projectDir: string): Promise<string> {
  const log: AuditFile = openAuditLog({ file: join(projectDir, 'recording.db'), durability: 'normal' });
  const scripted = scriptedModel((request, { position }) => answerProductDatamart(request, position), model);
  const runtime = await createRuntime({ projectDir, log, models: { scripted: () => scripted } });
  try {
    const { schemas, templates } = runtime.services;
    const project = { dir: projectDir, config: runtime.config };
    const workflow = await loadWorkflow({ project, schemas, templates, ref: 'product-datamart' });
    const { runId, response } = await runLoadedWorkflow(runtime, workflow, {
      models: { all: model, steps: {} },
    });
    console.log(JSON.stringify(response, null, 2));
    return [...exportRun(log, runId, { origin })].map((line) => `${line}\n`).join('');
  } finally {
    await runtime.close();
  }
}

/** A recording ships with the project: what is in it must be true on every machine. */
function requireNoMachinePath(text: string, paths: readonly string[]): void {
  const found = paths.filter((path) => path.length > 1 && text.includes(path));
  if (found.length > 0) throw new Error(`The recording names paths of this machine: ${found.join(', ')}`);
}
