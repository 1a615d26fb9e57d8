import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { finalText, readStats } from './mock-protocol.ts';
import { outputOf, scratch } from './processes.ts';

/** One `aiworkflow run` of a workflow with one prompt and no tools, seen from outside. */
export interface CommandLineRun {
  /** From the start of the process to the arrival of its first request at the model server. */
  readonly readyMs: number;
  /** Peak memory while the run waits for its model (Linux only). */
  readonly idlePeakRssMb?: number;
  /** A process that does nothing, from its start to its end, in the same minute: what no program can go below. */
  readonly bareNodeMs: number;
}

export const launcher = join(import.meta.dirname, '../bin/aiworkflow.mjs');
/** Long enough for everything that the start has put off, and for the memory to have reached its peak. */
const holdMs = 600;

export async function measureCommandLine(origin: string): Promise<CommandLineRun> {
  const folder = mkdtempSync(join(scratch, 'project-'));
  try {
    writeProject(folder, `${origin}/turns/1/hold/${holdMs}/v1`);
    const bareNodeMs = await timeBareNode();
    return { ...(await timeRun(folder, origin)), bareNodeMs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeProject(folder: string, baseUrl: string): void {
  mkdirSync(join(folder, 'workflows'));
  writeFileSync(
    join(folder, 'aiworkflow.yaml'),
    `providers:\n  mock:\n    api: openai.chat\n    baseUrl: ${baseUrl}\nmodel: mock:mock-model\n`,
  );
  writeFileSync(
    join(folder, 'workflows/tiny.yaml'),
    'id: tiny\ndescription: One question.\nsteps:\n  - id: ask\n    prompt: How many samples are there?\n',
  );
}

async function timeRun(folder: string, origin: string) {
  const requestsBefore = (await readStats(origin)).requests;
  const startedAtMs = performance.timeOrigin + performance.now();
  // The environment as a user has it: the program's own compile cache, none of the benchmark's.
  const child = spawn(process.execPath, [launcher, 'run', 'tiny'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = outputOf(child);
  await sleep(holdMs * 0.9);
  const idlePeakRssMb = peakRssMb(child.pid);
  const { code, stdout, stderr } = await output;
  if (code !== 0 || !stdout.includes(finalText))
    throw new Error(`aiworkflow run: exit ${code}: ${stderr || stdout}`.slice(0, 800));
  const { requests, lastRequestAtMs } = await readStats(origin);
  if (requests !== requestsBefore + 1)
    throw new Error(`aiworkflow run made ${requests - requestsBefore} calls`);
  return { readyMs: lastRequestAtMs - startedAtMs, ...(idlePeakRssMb !== undefined && { idlePeakRssMb }) };
}

async function timeBareNode(): Promise<number> {
  const startMs = performance.now();
  await outputOf(spawn(process.execPath, ['-e', '0'], { stdio: ['ignore', 'pipe', 'pipe'] }));
  return performance.now() - startMs;
}

/** Undefined elsewhere than on Linux, and for a process that is gone. */
export function peakRssMb(pid: number | undefined): number | undefined {
  const status = `/proc/${pid}/status`;
  if (process.platform !== 'linux' || !existsSync(status)) return undefined;
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(status, 'utf8'))?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}
