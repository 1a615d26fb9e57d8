import { canonicalJson } from '../domain/canonical-json.ts';
import type { JsonObject } from '../domain/json.ts';
import type { Journal } from '../engine/journal/journal.ts';
import type { Past } from '../engine/journal/past.ts';
import { journalOfPast } from '../engine/journal/past-journal.ts';
import type { Lineage } from '../engine/runs/run-workflow.ts';
import { DefinitionError } from '../errors/index.ts';
import type { Runtime } from '../runtime.ts';
import { forkJournal } from './rerun/fork-journal.ts';
import { openPast } from './rerun/open-past.ts';
import { requireHarmless } from './rerun/require-harmless.ts';
import { requireSoundRun } from './rerun/require-sound-run.ts';
import { requireResumable, resumeJournal } from './rerun/resume-run.ts';

/**
 * An earlier run of the same program, whose log answers instead of the world.
 * `resume` goes on with that run itself where it stopped. `replay` runs it again as a new run, from its log alone or
 * with its tools for real. `fork` is a new run that takes from the log what came before `from` (a step, or a call such
 * as `load~2/m3`), and is live from there on.
 */
export type PastChoice =
  | { readonly resume: string }
  | {
      readonly replay: string;
      /** `nothing` (default) or `tools`: they are called for real, and the run goes on with what is recorded. */
      readonly live?: 'nothing' | 'tools';
      /** With `live: 'tools'`: those that change something are called again too. */
      readonly allowEffects?: boolean;
    }
  | { readonly fork: string; readonly from: string };

/** What a run needs of its past. */
export interface ChosenPast {
  readonly params?: JsonObject;
  readonly start: { readonly runId?: string; readonly journal?: Journal; readonly lineage?: Lineage };
  /** The recorded run, when this one must come to the same. */
  readonly repeats?: Past;
}

const noPast: ChosenPast = { start: {} };

interface Program {
  readonly workflowId: string;
  readonly params?: JsonObject;
}

/** Runs `work` with its past; a run that is resumed is held until it ends. */
export async function withPast<Value>(
  runtime: Runtime,
  { choice, program }: { readonly choice: PastChoice | undefined; readonly program: Program },
  work: (past: ChosenPast) => Promise<Value>,
): Promise<Value> {
  if (!choice) return work(noPast);
  if (!('resume' in choice)) {
    await requireSoundRun(runtime.log, 'replay' in choice ? choice.replay : choice.fork);
    return work(newRunOf(runtime, choice, program));
  }
  const { log } = runtime;
  const runId = choice.resume;
  requireResumable(pastOfProgram(runtime, runId, program));
  log.claim(runId);
  try {
    // Read again: until the claim another process may have gone on with it.
    await requireSoundRun(log, runId);
    const past = pastOfProgram(runtime, runId, program);
    requireResumable(past);
    return await work(sameRun(runtime, past, program));
  } catch (error) {
    log.release(runId);
    throw error;
  }
}

function sameRun(runtime: Runtime, past: Past, { params }: Program): ChosenPast {
  const then = past.started?.params ?? {};
  if (params && canonicalJson(params) !== canonicalJson(then)) throw otherParams(past);
  const lineage = past.started ? { resumes: past.started } : {};
  return {
    params: then,
    start: { runId: past.runId, journal: resumeJournal(runtime, past), lineage },
  };
}

function newRunOf(
  runtime: Runtime,
  choice: Exclude<PastChoice, { readonly resume: string }>,
  program: Program,
): ChosenPast {
  const asked = (hash: string) => runtime.log.load(hash);
  const past = pastOfProgram(runtime, 'replay' in choice ? choice.replay : choice.fork, program);
  const { runId, started } = past;
  const seenAs = started?.seenAs ?? { runId, startedAt: started?.at ?? 0 };
  const params = program.params ?? started?.params ?? {};
  if ('fork' in choice) {
    const origin = { kind: 'fork', from: choice.from } as const;
    const journal = forkJournal(past, {
      from: choice.from,
      asked,
      open: (runId) => openPast(runtime.log, runId),
    });
    return { params, start: { journal, lineage: { parentRunId: runId, origin, seenAs } } };
  }
  const { live = 'nothing', allowEffects = false } = choice;
  if (live === 'tools' && !allowEffects) requireHarmless(past, '`allowEffects: true`');
  const journal = journalOfPast(past, { own: false, closed: true, asked, compareTools: live === 'tools' });
  const origin = { kind: 'replay', live } as const;
  return { params, start: { journal, lineage: { parentRunId: runId, origin, seenAs } }, repeats: past };
}

function pastOfProgram({ log }: Runtime, runId: string, { workflowId }: Program): Past {
  const past = openPast(log, runId);
  if (past.started?.definition !== undefined)
    throw notOfProgram(past, `it was made from a workflow file ("${past.started.workflowId}")`);
  if (past.started?.workflowId !== workflowId)
    throw notOfProgram(past, `it is a run of "${past.started?.workflowId}", and this is "${workflowId}"`);
  return past;
}

function notOfProgram({ runId, started }: Past, why: string): DefinitionError {
  return new DefinitionError({
    code: 'RUN_NOT_RESUMABLE',
    message: `Run ${runId} cannot be the past of this program: ${why}.`,
    hint:
      started?.definition === undefined
        ? '`aiworkflow runs` lists the runs.'
        : `\`aiworkflow resume ${runId}\`, \`replay\` and \`fork\` go on from it.`,
  });
}

function otherParams({ runId }: Past): DefinitionError {
  return new DefinitionError({
    code: 'PARAM_INVALID',
    message: `Run ${runId} was made with other params than those that are given now.`,
    hint: `leave \`params\` out, or begin anew from one of its steps: past: { fork: '${runId}', from: '…' }.`,
  });
}
