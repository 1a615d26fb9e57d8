import type { ChosenModels, RunOrigin } from '../../domain/events.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import { stepIdOf } from '../../domain/position.ts';
import type { WorkflowResult } from '../../domain/result.ts';
import type { HeldBudget } from '../../engine/budgets/accounts.ts';
import type { Journal } from '../../engine/journal/journal.ts';
import { modelsJournal } from '../../engine/journal/models-journal.ts';
import type { Past } from '../../engine/journal/past.ts';
import { journalOfPast } from '../../engine/journal/past-journal.ts';
import { AiworkflowError } from '../../errors/index.ts';
import type { CallableTool, ToolSource } from '../../ports/tool-source.ts';
import type { Runtime } from '../../runtime.ts';
import { runLoadedWorkflow } from '../run-workflow-file.ts';
import { workflowOf } from './definition.ts';
import { mergeModels } from './merge-models.ts';
import { openPast } from './open-past.ts';
import { type ReplayOutcome, replayOutcome } from './replay-outcome.ts';
import { requireHarmless } from './require-harmless.ts';
import { requireSoundRun } from './require-sound-run.ts';

export interface ReplayOptions {
  /** `nothing` (default): frozen. `tools`: called for real and compared. `models`: asked for real, tools from the log. */
  readonly live?: 'nothing' | 'tools' | 'models';
  /** With `models`: which; for all steps, or by step id. */
  readonly models?: ChosenModels;
  /** With `models`: what happens with a tool call that the log does not hold. Only what reads is ever made. */
  readonly onMiss?: 'stop' | 'live';
  /** With `tools`: calls of class `reversible` and `irreversible` are made again too. */
  readonly allowEffects?: boolean;
  readonly asRecorded?: boolean;
  /** The caller has checked the run's hashes. */
  readonly verified?: true;
  /** Instead of what the files or the log say. */
  readonly workflow?: LoadedWorkflow;
  readonly tools?: readonly CallableTool[];
  /** Budgets that the replay's live calls draw on. */
  readonly accounts?: readonly HeldBudget[];
  readonly runId?: string;
  readonly signal?: AbortSignal;
}

/**
 * Runs a recorded run again as a new run that has it as its parent, and says whether it came to the same.
 * A divergence, a failure of the workflow and a missing tool result are outcomes, not exceptions; what is thrown is
 * what kept the replay from being made (an unknown run, a definition that is gone, a log that cannot be written).
 */
export async function replayRun(
  runtime: Runtime,
  runId: string,
  options: ReplayOptions = {},
): Promise<ReplayOutcome> {
  if (!options.verified) await requireSoundRun(runtime.log, runId);
  const past = openPast(runtime.log, runId);
  const { live = 'nothing', asRecorded = false } = options;
  if (live === 'tools' && !options.allowEffects) requireHarmless(past, '--allow-effects');
  const workflow = options.workflow ?? (await workflowOf(runtime, past, { asRecorded }));
  const replayId = options.runId ?? runtime.services.ids.runId();
  const made = await settled(
    runLoadedWorkflow(runtime, workflow, {
      ...newRun(past, replayId, options),
      journal: journalFor(runtime, past, options),
      ...(live !== 'tools' && options.onMiss !== 'live' && { toolSource: closedTools(past) }),
    }),
  );
  return replayOutcome(runtime.log, { past, replayId, made, live });
}

function newRun(past: Past, runId: string, options: ReplayOptions) {
  const { models, tools, accounts, signal, asRecorded = false } = options;
  const { started, resumed } = past;
  // What the last part of the run was allowed: with less, the replay would stop where that went on.
  const limits = (resumed ?? started)?.overrides?.limits;
  return {
    runId,
    params: started?.params ?? {},
    models: mergeModels(past, models, { asRecorded }),
    lineage: {
      parentRunId: past.runId,
      origin: originOf(options),
      seenAs: started?.seenAs ?? { runId: past.runId, startedAt: started?.at ?? 0 },
    },
    ...(limits && { limits }),
    ...(tools && { tools }),
    ...(accounts && { accounts }),
    ...(signal && { signal }),
  };
}

function originOf({ live = 'nothing', models, onMiss }: ReplayOptions): RunOrigin {
  const steps = Object.keys(models?.steps ?? {});
  return {
    kind: 'replay',
    live,
    ...(live === 'models' && models?.all === undefined && { steps }),
    ...(live === 'models' && { onMiss: onMiss ?? 'stop' }),
  };
}

function journalFor(runtime: Runtime, past: Past, options: ReplayOptions): Journal {
  const asked = (hash: string) => runtime.log.load(hash);
  const { live = 'nothing', models, onMiss = 'stop' } = options;
  if (live !== 'models')
    return journalOfPast(past, { own: false, closed: true, asked, compareTools: live === 'tools' });
  const steps = Object.keys(models?.steps ?? {});
  const isLive = (path: string): boolean => models?.all !== undefined || steps.includes(stepIdOf(path));
  return modelsJournal(past, { isLive, onMiss, asked });
}

/** No server is started for what must come from the log. */
const closedTools = ({ runId }: Past): ToolSource => ({
  resolve: async (patterns) => {
    if (patterns.length === 0) return [];
    throw new AiworkflowError({
      code: 'TOOL_NOT_RECORDED',
      message: `The tools ${patterns.join(', ')} are asked for, and run ${runId} had not come to that step.`,
      hint: '--on-miss live starts the servers for calls that only read.',
    });
  },
});

async function settled(work: Promise<WorkflowResult>): Promise<WorkflowResult | AiworkflowError> {
  try {
    return await work;
  } catch (error) {
    if (AiworkflowError.is(error) && !error.code.startsWith('LOG_')) return error;
    throw error;
  }
}
