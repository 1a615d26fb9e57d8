import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cases } from './cases.ts';
import { launcher, peakRssMb } from './command-line.ts';
import { database, recordedCalls, writeProject } from './long-run.ts';
import { finalText, readStats } from './mock-protocol.ts';
import { childEnvironment, measureInWorker, outputOf, scratch } from './processes.ts';
import type { RerunOrder, RerunResult } from './rerun-worker.ts';

/** A run of ten thousand calls that stopped before its last one, and what was done with it again. */
export interface LongRun {
  readonly folder: string;
  readonly runId: string;
  readonly calls: number;
  readonly logBytes: number;
  remove(): void;
}

export interface RerunRound {
  readonly logBytes: number;
  readonly calls: number;
  readonly replay?: ReplayFigures;
  readonly resume?: ResumeFigures;
}

export interface ReplayFigures {
  /** Of a frozen replay in a fresh process, the log written in full. */
  readonly callsPerSecond: number;
  readonly peakRssMb: number;
  /** Model and tool calls a second of the loops that are written by hand, which have to ask the mock server. */
  readonly loops: Readonly<Record<string, number>>;
}

/** Until the first live call arrives at the model server, the verification of the log included. */
export interface ResumeFigures {
  readonly apiMs: number;
  readonly apiPeakRssMb: number;
  readonly cliMs: number;
  readonly cliPeakRssMb?: number;
}

const loops = ['sdk-row-full', 'fetch-row-full'];
/** Long enough to read the memory while the call is under way. */
const holdMs = 400;

/** Made once: every measurement gets a copy. */
export async function prepareLongRun(origin: string): Promise<LongRun> {
  const folder = mkdtempSync(join(scratch, 'long-'));
  const { runId } = await inWorker({ work: 'make', folder, origin });
  return {
    folder,
    runId,
    calls: recordedCalls,
    logBytes: statSync(join(folder, database)).size,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export async function measureReruns(
  long: LongRun,
  {
    origin,
    only,
  }: { readonly origin: string; readonly only: { readonly replay: boolean; readonly resume: boolean } },
): Promise<RerunRound> {
  return {
    logBytes: long.logBytes,
    calls: long.calls,
    ...(only.replay && { replay: await measureReplay(long, origin) }),
    ...(only.resume && { resume: await measureResume(long, origin) }),
  };
}

async function measureReplay(long: LongRun, origin: string): Promise<ReplayFigures> {
  const replayed = await onCopy(long, origin, (folder) =>
    inWorker({ work: 'replay', folder, runId: long.runId }),
  );
  if (replayed.calls < long.calls) throw new Error(`only ${replayed.calls} calls were replayed`);
  const found: Record<string, number> = {};
  for (const subject of loops) {
    const measured = await measureInWorker({
      ...cases.latency,
      subject,
      origin,
      dbPath: join(scratch, 'loop.db'),
    });
    // Each of the runs has a tool call less than it has turns.
    found[subject] = (measured.turns * 2 - cases.latency.runs) / (measured.wallMs / 1000);
  }
  const { calls, ms, peakRssMb: peak } = replayed;
  return { callsPerSecond: calls / (ms / 1000), peakRssMb: peak, loops: found };
}

async function measureResume(long: LongRun, origin: string): Promise<ResumeFigures> {
  const api = await onCopy(long, origin, async (folder) => {
    const { startedAtMs, peakRssMb } = await inWorker({ work: 'resume', folder, runId: long.runId });
    return { apiMs: (await readStats(origin)).lastRequestAtMs - startedAtMs, apiPeakRssMb: peakRssMb };
  });
  const cli = await onCopy(long, origin, (folder) =>
    resumeOnCommandLine(folder, { runId: long.runId, origin }),
  );
  return { ...api, ...cli };
}

async function resumeOnCommandLine(
  folder: string,
  { runId, origin }: { readonly runId: string; readonly origin: string },
) {
  const startedAtMs = performance.timeOrigin + performance.now();
  const child = spawn(process.execPath, [launcher, 'resume', runId, '--quiet'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let peak: number | undefined;
  const look = setInterval(() => (peak = peakRssMb(child.pid) ?? peak), 50);
  const { code, stdout, stderr } = await outputOf(child);
  clearInterval(look);
  if (code !== 0 || !stdout.includes(finalText))
    throw new Error(`aiworkflow resume: exit ${code}: ${stderr || stdout}`.slice(0, 800));
  const cliMs = (await readStats(origin)).lastRequestAtMs - startedAtMs;
  return { cliMs, ...(peak !== undefined && { cliPeakRssMb: peak }) };
}

async function onCopy<Value>(
  long: LongRun,
  origin: string,
  work: (folder: string) => Promise<Value>,
): Promise<Value> {
  const folder = mkdtempSync(join(scratch, 'copy-'));
  try {
    cpSync(long.folder, folder, { recursive: true });
    writeProject(folder, { origin, lastUrl: `${origin}/turns/1/hold/${holdMs}/v1` });
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function inWorker(order: RerunOrder): Promise<RerunResult> {
  const worker = join(import.meta.dirname, 'rerun-worker.ts');
  const child = spawn(process.execPath, [worker, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: childEnvironment(),
    timeout: 180_000,
  });
  const { code, stdout, stderr } = await outputOf(child);
  if (code !== 0)
    throw new Error(`${order.work} of the long run: exit ${code}: ${stderr.trim().slice(0, 600)}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as RerunResult;
}
