import { runCli } from '../../cli/support/run-cli.ts';
import { type Crashed, type CrashPlan, crashAndResume } from './crash-and-resume.ts';
import { readDesk } from './desk-calls.ts';
import { type Findings, findingsOf } from './findings.ts';
import { createHarbour } from './harbour.ts';
import { startModelServer } from './model-server.ts';

/** How a run ends that nobody disturbs. */
type Reference = Pick<Findings, 'answer' | 'works'>;

async function undisturbed(): Promise<Reference> {
  const model = await startModelServer({ thinkMs: 1 });
  const harbour = createHarbour({ modelUrl: model.url, toolMs: 1, withProbe: false });
  try {
    const { code, stderr } = await runCli(['run', 'harbour', '--quiet'], { cwd: harbour.dir });
    if (code !== 0) throw new Error(`the undisturbed run ended with ${code}:\n${stderr}`);
    const runId = (readDesk(harbour.dir)[0]?.key ?? '').split('/', 1)[0] ?? '';
    const findings = findingsOf({ harbour, model, runId });
    if (findings.faults.length > 0) throw new Error(findings.faults.join('\n'));
    if (Math.abs(findings.billedUsd - findings.loggedUsd) > 1e-9)
      throw new Error(`billed ${findings.billedUsd}, logged ${findings.loggedUsd}`);
    return findings;
  } finally {
    await model.close();
    harbour.remove();
  }
}

export type Proof = Findings &
  Pick<Crashed, 'moments' | 'resumes' | 'decisions'> & { readonly probes: number };

/** Crashes a run, resumes it until it is done, and compares it with the undisturbed one. */
async function proveCrash(plan: CrashPlan, reference: Reference): Promise<Proof> {
  const crashed = await crashAndResume(plan);
  try {
    const findings = findingsOf(crashed);
    const { harbour, moments, resumes, decisions } = crashed;
    const probes = readDesk(harbour.dir).filter(({ phase }) => phase === 'asked').length;
    const faults = [
      ...findings.faults,
      ...differences(findings, reference),
      ...(await replayFaults(crashed)),
    ];
    return { ...findings, moments, resumes, decisions, probes, faults };
  } finally {
    await crashed.close();
  }
}

function differences({ answer, works }: Findings, reference: Reference): string[] {
  return [
    ...(answer === reference.answer ? [] : [`the answer is ${answer}, and not ${reference.answer}`]),
    ...(works.join() === reference.works.join()
      ? []
      : [`the works are ${works.join(' ')}, and not ${reference.works.join(' ')}`]),
  ];
}

/** A run that was put together from several lives is one run: replayed frozen it ends equal. */
async function replayFaults({ harbour, runId }: Crashed): Promise<string[]> {
  const { code, stdout, stderr } = await runCli(['replay', runId], { cwd: harbour.dir });
  return code === 0 ? [] : [`the frozen replay ended with ${code}:\n${stdout}${stderr}`];
}

export interface Proven {
  readonly plan: CrashPlan;
  readonly proof?: Proof;
  /** What is wrong, in words, with the seed to try it again: empty when nothing is. */
  readonly faults: readonly string[];
}

/** Two at once: as many as a small machine has cores, and they disturb each other's timing. */
export async function proveAll(plans: readonly CrashPlan[]): Promise<readonly Proven[]> {
  const reference = await undisturbed();
  const proven: Proven[] = [];
  const left = [...plans];
  const work = async (): Promise<void> => {
    for (let plan = left.shift(); plan; plan = left.shift()) proven.push(await prove(plan, reference));
  };
  await Promise.all([work(), work()]);
  return proven;
}

async function prove(plan: CrashPlan, reference: Reference): Promise<Proven> {
  try {
    const proof = await proveCrash(plan, reference);
    const place = `seed ${plan.seed} (${plan.by}), after ${proof.moments.join('; ')}`;
    return { plan, proof, faults: proof.faults.map((fault) => `${place}: ${fault}`) };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { plan, faults: [`seed ${plan.seed} (${plan.by}): ${said}`] };
  }
}
