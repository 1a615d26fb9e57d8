// One subject, one case, one fresh process: `node bench/worker.ts '<WorkerOrder as JSON>'` prints a Measurement.
import { existsSync, statSync } from 'node:fs';
import { pool } from './adapters/_shared.mjs';
import type { Case } from './cases.ts';
import { finalText, readStats } from './mock-protocol.ts';
import { sampleText } from './samples.ts';
import type { Subject } from './subject.ts';
import { loadSubject } from './subjects.ts';

export interface WorkerOrder extends Case {
  readonly subject: string;
  readonly origin: string;
  readonly dbPath: string;
  readonly peers?: string;
}

/** Times in milliseconds. CPU is that of the subject's process alone, all its threads. */
export interface Measurement {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Median and 99th percentile of single runs. */
  readonly runMs: { readonly p50: number; readonly p99: number };
  /** Model calls that were timed. */
  readonly turns: number;
  readonly peakRssMb: number;
  readonly startRssMb: number;
  /** CPU of the mock server meanwhile. */
  readonly serverCpuMs: number;
  /** Size of the closed log over all turns, those of the warm-up included. */
  readonly log?: { readonly bytes: number; readonly bytesPerTurn: number };
}

process.stdout.write(`${JSON.stringify(await measure(JSON.parse(process.argv[2] ?? '{}')))}\n`);

async function measure(order: WorkerOrder): Promise<Measurement> {
  const { turns, runs, warmRuns, inFlight, origin, dbPath } = order;
  const setUp = await loadSubject(order.subject, order.peers);
  let toolCalls = 0;
  const subject = await setUp({
    baseURL: `${origin}/turns/${turns}/v1`,
    turns,
    dbPath,
    tool: async ({ index }) => {
      toolCalls += 1;
      return sampleText(order.toolBytes, index);
    },
  });
  for (let index = 0; index < warmRuns; index++) await checkedRun(subject, `warm-${index}`);
  const startRssMb = process.memoryUsage.rss() / 2 ** 20;
  toolCalls = 0;
  const before = await readStats(origin);
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  const times = await pool(Array.from({ length: runs }), inFlight, async (_, index) => {
    const runStartMs = performance.now();
    await checkedRun(subject, `run-${index}`);
    return performance.now() - runStartMs;
  });
  const wallMs = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  const after = await readStats(origin);
  const peakRssMb = process.resourceUsage().maxRSS / 1024;
  await subject.close();
  requireCount('model calls', after.requests - before.requests, runs * turns);
  requireCount('tool calls', toolCalls, runs * (turns - 1));
  const log = logSize(dbPath, (runs + warmRuns) * turns);
  return {
    wallMs,
    cpuMs: (user + system) / 1000,
    runMs: { p50: quantile(times, 0.5), p99: quantile(times, 0.99) },
    turns: runs * turns,
    peakRssMb,
    startRssMb,
    serverCpuMs: after.cpuMs - before.cpuMs,
    ...(log && { log }),
  };
}

async function checkedRun(subject: Subject, id: string): Promise<void> {
  const text = await subject.run(id);
  if (text !== finalText) throw new Error(`wrong final text: ${text.slice(0, 200)}`);
}

/** A subject that left work out would look fast. */
function requireCount(what: string, found: number, expected: number): void {
  if (found !== expected) throw new Error(`${found} ${what} were made, not ${expected}`);
}

function logSize(file: string, turns: number): Measurement['log'] {
  const bytes = ['', '-wal'].map((suffix) => sizeOf(file + suffix)).reduce((sum, size) => sum + size);
  return bytes > 0 ? { bytes, bytesPerTurn: bytes / turns } : undefined;
}

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
