import type { AuditEvent, ChosenModels, RunOrigin, RunStarted } from '../../domain/events.ts';
import type { Budgets, Limits } from '../../domain/limits.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { WorkflowResult } from '../../domain/result.ts';
import { type Journal, layered } from '../../engine/journal/journal.ts';
import type { Past } from '../../engine/journal/past.ts';
import { journalOfPast } from '../../engine/journal/past-journal.ts';
import { DefinitionError } from '../../errors/index.ts';
import type { CallableTool } from '../../ports/tool-source.ts';
import type { Runtime } from '../../runtime.ts';
import { runLoadedWorkflow } from '../run-workflow-file.ts';
import { workflowOf } from './definition.ts';
import { inheritedJournal } from './fork-journal.ts';
import { mergeModels } from './merge-models.ts';
import { openPast } from './open-past.ts';
import { requireSoundRun } from './require-sound-run.ts';

/**
 * Called before anything runs, to open models or to refuse. `isOver` tells the steps that come from the log, by id: they
 * ask nothing.
 */
export type Prepare = (
  workflow: LoadedWorkflow,
  plan: { readonly past: Past; isOver(step: string): boolean },
) => Promise<void>;

export interface ResumeOptions {
  /** With the definition that the run was made with, whatever the files say now. */
  readonly asRecorded?: boolean;
  /** Other models for what is still to be asked. */
  readonly models?: ChosenModels;
  /** From here on in place of what workflow and project declare for a run; those for days and months stay. */
  readonly budget?: Budgets;
  readonly limits?: Limits;
  readonly tools?: readonly CallableTool[];
  readonly signal?: AbortSignal;
  readonly prepare?: Prepare;
  /** Called with each event of the run so far, in order: a long run need not be read twice to be shown. */
  readonly onPast?: (event: AuditEvent) => void;
}

/**
 * Goes on with a run of the log where it stopped: what ended is taken from its log, at no cost, and not done again.
 * Throws RUN_NOT_RESUMABLE, RUN_HELD, REPLAY_DIVERGED when a definition has changed under what ended.
 */
export async function resumeRun(
  runtime: Runtime,
  runId: string,
  options: ResumeOptions = {},
): Promise<WorkflowResult> {
  // Before it is read: until the claim another process may go on with it.
  runtime.log.claim(runId);
  try {
    await requireSoundRun(runtime.log, runId);
    const past = openPast(runtime.log, runId, { seen: options.onPast });
    requireResumable(past);
    return await goOn(runtime, past, options);
  } catch (error) {
    runtime.log.release(runId);
    throw error;
  }
}

async function goOn(runtime: Runtime, past: Past, options: ResumeOptions): Promise<WorkflowResult> {
  const { asRecorded = false, budget, limits, tools, signal } = options;
  const workflow = await workflowOf(runtime, past, { asRecorded });
  await options.prepare?.(workflow, { past, isOver: (step) => isOver(past, step) });
  const { started } = past;
  return runLoadedWorkflow(runtime, workflow, {
    runId: past.runId,
    params: started?.params ?? {},
    models: mergeModels(past, options.models, { asRecorded }),
    journal: resumeJournal(runtime, past),
    lineage: started ? { resumes: started } : {},
    ...(budget && { budget }),
    ...(limits && { limits }),
    ...(tools && { tools }),
    ...(signal && { signal }),
  });
}

/** The run's own past; of a fork also what it had not yet taken from its parent. */
export function resumeJournal({ log }: Runtime, past: Past): Journal {
  const asked = (hash: string) => log.load(hash);
  const own = journalOfPast(past, { own: true, closed: false, asked });
  const below = inheritedJournal(past, { asked, open: (runId) => openPast(log, runId) });
  return below ? layered(own, below) : own;
}

export function isOver(past: Past, step: string): boolean {
  const status = past.steps.get(step)?.ended?.status;
  return status === 'ok' || status === 'skipped';
}

export function requireResumable({ runId, started, ended }: Past): void {
  if (ended?.status === 'ok')
    throw refuse(
      `Run ${runId} has ended well: nothing is left to do.`,
      `\`aiworkflow replay ${runId}\` runs it again from the log, \`aiworkflow fork ${runId} --from <step>\` from one of its steps on.`,
    );
  const { origin } = started ?? {};
  if (started && origin && origin.kind !== 'fork')
    throw refuse(
      `Run ${runId} is a ${origin.kind}: it is made anew rather than gone on with.`,
      madeAnew(origin, started),
    );
}

/** The line to type: for a replay all of it is in the log. */
function madeAnew(origin: RunOrigin, { parentRunId, models }: RunStarted): string {
  const { kind, live = 'nothing', onMiss } = origin;
  if (kind !== 'replay' || parentRunId === undefined)
    return `\`aiworkflow ${kind} …\` as it was typed before.`;
  const options = {
    nothing: '',
    tools: ' --tools live',
    models:
      chosenModels(origin, models)
        .map((model) => ` --model ${model}`)
        .join('') + (onMiss === 'live' ? ' --on-miss live' : ''),
  };
  return `\`aiworkflow replay ${parentRunId}${options[live]}\` makes it anew; \`aiworkflow resume ${parentRunId}\` goes on with the run that it replays, if that has not ended well.`;
}

/** The choices of the replay itself: the others are those of the run that it replays. */
function chosenModels({ steps }: RunOrigin, models: ChosenModels = {}): string[] {
  const ofSteps = Object.entries(models.steps ?? {});
  if (steps) return ofSteps.filter(([id]) => steps.includes(id)).map((one) => one.join('='));
  return [...(models.all === undefined ? [] : [models.all]), ...ofSteps.map((one) => one.join('='))];
}

function refuse(message: string, hint: string): DefinitionError {
  return new DefinitionError({ code: 'RUN_NOT_RESUMABLE', message, hint });
}
