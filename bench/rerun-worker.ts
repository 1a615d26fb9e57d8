// One thing done to the long run in a fresh process: `node bench/rerun-worker.ts '<RerunOrder as JSON>'` prints its result.
import { replayRun } from '../src/runtime/rerun/replay-run.ts';
import { resumeRun } from '../src/runtime/rerun/resume-run.ts';
import { makeLongRun, withProject } from './long-run.ts';
import { finalText } from './mock-protocol.ts';

export type RerunOrder =
  | { readonly work: 'make'; readonly folder: string; readonly origin: string }
  | { readonly work: 'replay' | 'resume'; readonly folder: string; readonly runId: string };

export interface RerunResult {
  readonly runId: string;
  /** Milliseconds since 1970 when the work began, with the modules loaded and the log still closed. */
  readonly startedAtMs: number;
  readonly ms: number;
  readonly cpuMs: number;
  readonly calls: number;
  readonly peakRssMb: number;
}

const order = JSON.parse(process.argv[2] ?? '{}') as RerunOrder;
const startMs = performance.now();
const cpuBefore = process.cpuUsage();
const { runId, calls } = await done(order);
const { user, system } = process.cpuUsage(cpuBefore);
const result: RerunResult = {
  runId,
  calls,
  startedAtMs: performance.timeOrigin + startMs,
  ms: performance.now() - startMs,
  cpuMs: (user + system) / 1000,
  peakRssMb: process.resourceUsage().maxRSS / 1024,
};
process.stdout.write(`${JSON.stringify(result)}\n`);

async function done(order: RerunOrder): Promise<{ readonly runId: string; readonly calls: number }> {
  if (order.work === 'make') return { runId: await makeLongRun(order.folder, order.origin), calls: 0 };
  return withProject(order.folder, async (runtime) => {
    if (order.work === 'replay') {
      const { equal, calls, runId } = await replayRun(runtime, order.runId);
      if (!equal) throw new Error('the replay did not come to the same');
      return { runId, calls };
    }
    const { runId, response } = await resumeRun(runtime, order.runId);
    if (JSON.stringify(response).includes(JSON.stringify(finalText).slice(1, -1))) return { runId, calls: 1 };
    throw new Error(`the resumed run ended otherwise: ${JSON.stringify(response).slice(0, 200)}`);
  });
}
