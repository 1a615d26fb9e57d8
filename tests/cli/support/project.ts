import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportRun, openAuditLog } from '../../../src/audit/sqlite/index.ts';
import { loadWorkflow } from '../../../src/definitions/index.ts';
import { AiworkflowError } from '../../../src/errors/index.ts';
import { runLoadedWorkflow } from '../../../src/runtime/run-workflow-file.ts';
import { createRuntime } from '../../../src/runtime.ts';
import { type Script, scriptedModel } from '../../../src/testing/index.ts';

const deskServer = fileURLToPath(new URL('./desk-server.mjs', import.meta.url));

export const projectFile = `model: recorded:sums
tools:
  desk:
    command: ${process.execPath}
    args: [${deskServer}]
`;

export const sums = `id: sums
params:
  numbers: { type: array, default: [1, 2] }
  who: { type: string, default: Ada }
tools: [desk]
steps:
  - id: total
    prompt: 'Add {{ json params.numbers }} for {{ params.who }}.'
    tools: [desk.add]
    response:
      type: object
      required: [sum]
      properties: { sum: { type: number } }
  - id: each
    forEach: '{{ params.numbers }}'
    as: number
    concurrency: 1
    prompt: 'Is {{ number }} odd? The total is {{ total.response.sum }}.'
result: '{{ total.response.sum }}'
`;

/** Two turns with a tool, a call that cannot be made, an answer that breaks the contract and its repair; then two items. */
export const sumsScript: Script = [
  {
    toolCalls: [
      { name: 'desk.add', arguments: { a: 1, b: 2 } },
      { name: 'desk.add', arguments: { a: 'one' } },
    ],
  },
  { json: { sum: 'three' } },
  { json: { sum: 3 } },
  'Yes, 1 is odd.',
  'No, 2 is even.',
];

export interface Project {
  readonly dir: string;
  write(path: string, text: string): string;
  /** Records a run with scripted answers, and keeps it as `recordings/<name>.jsonl`. */
  record(name: string, workflow: string, script: Script): Promise<string>;
  remove(): void;
}

export function createProject(files: Readonly<Record<string, string>> = {}): Project {
  const dir = mkdtempSync(join(tmpdir(), 'aiworkflow-cli-'));
  const write = (path: string, text: string): string => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
    return join(dir, path);
  };
  for (const [path, text] of Object.entries({
    'aiworkflow.yaml': projectFile,
    'workflows/sums.yaml': sums,
    ...files,
  }))
    write(path, text);
  return {
    dir,
    write,
    record: (name, workflow, script) => record({ dir, name, workflow, script, write }),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

interface Recording {
  readonly dir: string;
  readonly name: string;
  readonly workflow: string;
  readonly script: Script;
  readonly write: Project['write'];
}

async function record({ dir, name, workflow, script, write }: Recording): Promise<string> {
  const file = join(dir, 'making-of.db');
  const log = openAuditLog({ file, durability: 'normal' });
  const model = scriptedModel(script, 'scripted:sums');
  const runtime = await createRuntime({ projectDir: dir, log, models: { scripted: () => model } });
  try {
    const { schemas, templates } = runtime.services;
    const loaded = await loadWorkflow({
      project: { dir, config: runtime.config },
      schemas,
      templates,
      ref: workflow,
    });
    const models = { all: 'scripted:sums', steps: {} };
    const runId = await runLoadedWorkflow(runtime, loaded, { models }).then(
      (result) => result.runId,
      // A run that fails is a recording too: of how it fails.
      (error: unknown) => (AiworkflowError.is(error) ? (error.runId ?? '') : Promise.reject(error)),
    );
    const lines = [...exportRun(log, runId, { origin: 'written for a test' })];
    return write(`recordings/${name}.jsonl`, lines.map((line) => `${line}\n`).join(''));
  } finally {
    await runtime.close();
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
  }
}
