import { appendFileSync, copyFileSync, existsSync, rmSync } from 'node:fs';
import { listRuns, openAuditLog } from '../../../src/audit/sqlite/index.ts';
import { foldRun, openCalls } from '../../../src/engine/runs/fold-run.ts';
import { type CliResult, runCli, startCli } from '../../cli/support/run-cli.ts';
import { readDesk, workOf } from './desk-calls.ts';
import { createHarbour, type Harbour } from './harbour.ts';
import { type ModelServer, startModelServer } from './model-server.ts';
import { describeMoment, randomMoment, reach } from './moment.ts';
import { deskGone, deskQuiet } from './processes.ts';
import { randomOf } from './random.ts';

export interface CrashPlan {
  readonly seed: number;
  /**
   * `kill`: SIGKILL. `power`: what the program wrote to the disk until it was stopped is all that is left of it.
   * `interrupt`: Ctrl-C, which lets it write down what it was at.
   */
  readonly by: 'kill' | 'power' | 'interrupt';
  /** Without a probe the harness decides about bookings in doubt, by what the tools' file says. */
  readonly withProbe: boolean;
}

export interface Crashed {
  readonly harbour: Harbour;
  readonly model: ModelServer;
  readonly runId: string;
  /** When it was killed, in words. */
  readonly moments: readonly string[];
  readonly resumes: number;
  /** `resolve` commands. */
  readonly decisions: number;
  close(): Promise<void>;
}

/** Runs the workflow, kills it once or more often at moments that follow from the seed, and resumes until it is done. */
export async function crashAndResume(plan: CrashPlan): Promise<Crashed> {
  const model = await startModelServer({ thinkMs: 16 });
  const harbour = createHarbour({ modelUrl: model.url, toolMs: 20, withProbe: plan.withProbe });
  const close = async (): Promise<void> => {
    await model.close();
    harbour.remove();
  };
  try {
    return { ...(await goOnUntilDone({ harbour, model, plan })), harbour, model, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Scene {
  readonly harbour: Harbour;
  readonly model: ModelServer;
  readonly plan: CrashPlan;
}

// More would mean that a run does not come nearer to its end by being resumed.
const maxStarts = 40;

async function goOnUntilDone(scene: Scene) {
  const random = randomOf(scene.plan.seed);
  const kills = 1 + Math.floor(random() * random() * 4);
  const moments: string[] = [];
  let decisions = 0;
  for (let start = 1; start <= maxStarts; start++) {
    const { runId, over } = lastRun(scene.harbour);
    // Killed after its last event, while it was ending.
    if (over) return { runId: runId ?? '', moments, resumes: start - 1, decisions };
    const running = startCli(commandFor(runId, random()), { cwd: scene.harbour.dir });
    if (moments.length < kills) {
      const moment = randomMoment(random);
      if (await reach({ ...scene, running }, moment)) {
        moments.push(describeMoment(moment));
        await die(scene, running, random);
        continue;
      }
    }
    const result = await running.done;
    await deskGone(scene.harbour.dir);
    if (result.code !== 0) decisions += await decide(scene, result);
  }
  throw new Error(`not done after ${maxStarts} starts; killed at ${moments.join('; ')}`);
}

/** A program that died before it had begun a run has left nothing to resume. */
function commandFor(runId: string | undefined, chance: number): string[] {
  if (runId === undefined) return ['run', 'harbour', '--quiet'];
  return chance < 0.3 ? ['run', 'harbour', '--resume', '--quiet'] : ['resume', runId, '--quiet'];
}

function lastRun({ database }: Harbour): { readonly runId?: string; readonly over: boolean } {
  if (!existsSync(database)) return { over: false };
  const log = openAuditLog({ file: database, durability: 'normal' });
  try {
    const [run] = listRuns(log, { limit: 1 });
    return run ? { runId: run.runId, over: run.status === 'ok' } : { over: false };
  } finally {
    log.close();
  }
}

async function die(
  { harbour, plan }: Scene,
  running: ReturnType<typeof startCli>,
  random: () => number,
): Promise<void> {
  if (plan.by === 'power') await losePower(harbour, running, random);
  else running.child.kill(plan.by === 'kill' ? 'SIGKILL' : 'SIGINT');
  await running.done;
  await deskGone(harbour.dir);
  if (plan.by === 'power') restore(harbour, random);
}

/**
 * The program stops dead, while the tools' machine goes on and finishes what it was asked: those answers are lost. What
 * is in the database and in its write-ahead log at that moment is what the disk has.
 */
async function losePower(
  { dir, database }: Harbour,
  { child }: ReturnType<typeof startCli>,
  random: () => number,
): Promise<void> {
  child.kill('SIGSTOP');
  if (random() < 0.7) await deskQuiet(dir);
  for (const end of ['', '-wal'])
    if (existsSync(database + end)) copyFileSync(database + end, `${database}${end}.kept`);
  child.kill('SIGKILL');
}

/** The disk as it was, at times with the torn beginning of a write that was never finished behind it. */
function restore({ database }: Harbour, random: () => number): void {
  const torn = random() < 0.5 ? Math.floor(random() * 6000) : 0;
  for (const end of ['', '-wal', '-shm']) rmSync(database + end, { force: true });
  for (const end of ['', '-wal']) {
    if (!existsSync(`${database}${end}.kept`)) continue;
    copyFileSync(`${database}${end}.kept`, database + end);
    rmSync(`${database}${end}.kept`);
  }
  if (torn > 0 && existsSync(`${database}-wal`)) appendFileSync(`${database}-wal`, Buffer.alloc(torn, 0x5a));
}

/** Decides about every call that waits for a person, by what the tools' own file says of it. */
async function decide({ harbour, plan }: Scene, { code, stderr }: CliResult): Promise<number> {
  const { runId = '' } = lastRun(harbour);
  if (code !== 4) throw new Error(`ended with ${code}:\n${stderr}`);
  const waiting = doubtsOf(harbour, runId).filter(({ name }) => !(plan.withProbe && name === 'desk.book'));
  if (waiting.length === 0) throw new Error(`waits, and nothing is in doubt:\n${stderr}`);
  for (const { position } of waiting) {
    const work = workOf(readDesk(harbour.dir), `${runId}/${position.replace(/!\d+$/, '')}`);
    const decision = work ? ['--result', harbour.write('result.txt', work.result ?? '')] : ['--retry'];
    const why = work ? 'its work is in the file' : 'its work is not in the file';
    const args = ['resolve', runId, position, ...decision, '--why', why, '--by', 'harness'];
    const resolved = await runCli(args, { cwd: harbour.dir });
    if (resolved.code !== 0) throw new Error(`resolve ended with ${resolved.code}:\n${resolved.stderr}`);
  }
  return waiting.length;
}

/** Calls of tools with effects that were begun, and of which nobody has said what became of them. */
function doubtsOf({ database }: Harbour, runId: string) {
  const log = openAuditLog({ file: database, readOnly: true, durability: 'normal' });
  try {
    return openCalls(foldRun(runId, log.events(runId)))
      .map(({ begun }) => begun)
      .filter(({ effect }) => effect === 'reversible' || effect === 'irreversible');
  } finally {
    log.close();
  }
}
