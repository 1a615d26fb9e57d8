// Makes the files of recordings/ anew: `node scripts/record-demo.ts`, after a prompt, a contract or a vendor file has
// changed. The answers are written by hand (tests/support/*-script.ts); no live model is asked.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AuditFile, exportRun, openAuditLog, verifyExport } from '../src/audit/sqlite/index.ts';
import { loadWorkflow } from '../src/definitions/index.ts';
import { runLoadedWorkflow } from '../src/runtime/run-workflow-file.ts';
import { createRuntime } from '../src/runtime.ts';
import { type Script, scriptedModel } from '../src/testing/index.ts';
import { answerProductDatamart } from '../tests/support/product-datamart-script.ts';
import { answerVendorFiles } from '../tests/support/vendor-files-script.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const origin = 'answers written by hand for this project; no live model was asked';
const scripts: Record<string, Script> = {
  'product-datamart': (request, { position }) => answerProductDatamart(request, position),
  'vendor-files': answerVendorFiles,
};

for (const [workflowId, script] of Object.entries(scripts))
  recordRun(workflowId, await play(workflowId, script));

function recordRun(workflowId: string, text: string): void {
  const verified = verifyExport(text);
  if (!verified.ok) throw new Error(`The recording does not verify: ${JSON.stringify(verified)}`);
  requireNoMachinePath(text, [root.replace(/\/$/, ''), homedir(), tmpdir()]);
  mkdirSync(join(root, 'recordings'), { recursive: true });
  writeFileSync(join(root, 'recordings', `${workflowId}.jsonl`), text);
  const [run] = verified.runs;
  console.log(
    `recordings/${workflowId}.jsonl: ${run?.events} events, ${text.length} bytes, root ${run?.root}`,
  );
}

/** In a copy of the project, so that the lake is empty, and paths in the recording are those of any clone: relative. */
async function play(workflowId: string, script: Script): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'aiworkflow-demo-'));
  try {
    for (const path of ['aiworkflow.yaml', 'workflows', 'prompts', 'contracts', 'data'])
      cpSync(join(root, path), join(dir, path), { recursive: true });
    return await record(dir, { workflowId, script });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function record(
  projectDir: string,
  { workflowId, script }: { readonly workflowId: string; readonly script: Script },
): Promise<string> {
  const model = `scripted:${workflowId}`;
  const log: AuditFile = openAuditLog({ file: join(projectDir, 'recording.db'), durability: 'normal' });
  const runtime = await createRuntime({
    projectDir,
    log,
    models: { scripted: () => scriptedModel(script, model) },
  });
  try {
    const { schemas, templates } = runtime.services;
    const project = { dir: projectDir, config: runtime.config };
    const workflow = await loadWorkflow({ project, schemas, templates, ref: workflowId });
    const { runId } = await runLoadedWorkflow(runtime, workflow, { models: { all: model, steps: {} } });
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
