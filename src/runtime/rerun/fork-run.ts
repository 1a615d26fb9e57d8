import { canonicalJson } from '../../domain/canonical-json.ts';
import type { ChosenModels } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { Budgets, Limits } from '../../domain/limits.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { Message } from '../../domain/message.ts';
import type { Position } from '../../domain/position.ts';
import type { WorkflowResult } from '../../domain/result.ts';
import { findForkPoint, lastCallOf } from '../../engine/journal/fork-point.ts';
import type { Journal } from '../../engine/journal/journal.ts';
import type { Past } from '../../engine/journal/past.ts';
import { DefinitionError } from '../../errors/index.ts';
import type { CallableTool } from '../../ports/tool-source.ts';
import type { Runtime } from '../../runtime.ts';
import { runLoadedWorkflow } from '../run-workflow-file.ts';
import { workflowOf } from './definition.ts';
import { forkJournal } from './fork-journal.ts';
import { mergeModels } from './merge-models.ts';
import { openPast } from './open-past.ts';
import { effectsOf } from './replay-safety.ts';
import { requireSoundRun } from './require-sound-run.ts';
import { requireWholeStep } from './require-whole-step.ts';
import { isOver, type Prepare } from './resume-run.ts';
import { withPrompt } from './with-prompt.ts';

export interface ForkOptions {
  /** The first step, item or call that is not taken from the log. */
  readonly from: string;
  readonly models?: ChosenModels;
  /** Parameters that are to be others: values, or text that is read as the declared type. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** A `.prompt` file in the place of the forked step's prompt. */
  readonly promptFile?: string;
  /** The text that the call `from` (of a step: its last call) is to have answered. */
  readonly editedResult?: string;
  readonly asRecorded?: boolean;
  readonly budget?: Budgets;
  readonly limits?: Limits;
  readonly tools?: readonly CallableTool[];
  readonly runId?: string;
  readonly signal?: AbortSignal;
  readonly prepare?: (...given: ForkPrepared) => Promise<void>;
}

type ForkPrepared = [
  workflow: LoadedWorkflow,
  plan: Parameters<Prepare>[1] & {
    /** Tools that change something, with their class, whose recorded calls come after the place: they may be made again. */
    readonly again: readonly string[];
  },
];

/**
 * A new run with another run's past up to one call, and everything after it live. The other run stays as it is.
 * Throws before anything runs: FORK_POINT_UNKNOWN, USAGE for another prompt of a step of which calls are kept.
 */
export async function forkRun(
  runtime: Runtime,
  parentId: string,
  options: ForkOptions,
): Promise<WorkflowResult> {
  await requireSoundRun(runtime.log, parentId);
  const past = openPast(runtime.log, parentId);
  const { from, asRecorded = false, budget, limits, tools, signal, runId } = options;
  const point = findForkPoint(past, from);
  const loaded = await workflowOf(runtime, past, { asRecorded });
  const workflow = await withPrompt(runtime, loaded, { step: point.step, file: options.promptFile });
  const edited = storeEdited(runtime, past, { from, text: options.editedResult });
  const asked = (hash: Hash) => runtime.log.load(hash);
  const journal = forkJournal(past, {
    from,
    workflow,
    asked,
    open: (runId) => openPast(runtime.log, runId),
    ...(edited !== undefined && { edited }),
  });
  requirePromptFits(past, journal, options);
  await options.prepare?.(workflow, {
    past,
    isOver: (step) => isOver(past, step) && isKept(past, journal, step),
    again: effectsOf(past, (position) => !journal.holds(position)),
  });
  const { started } = past;
  const params = await paramsOf(workflow, started?.params ?? {}, options.params);
  return runLoadedWorkflow(runtime, workflow, {
    params,
    models: mergeModels(past, options.models, { asRecorded }),
    journal,
    lineage: {
      parentRunId: parentId,
      origin: { kind: 'fork', from: point.call ?? point.step, ...(edited !== undefined && { edited }) },
      seenAs: started?.seenAs ?? { runId: parentId, startedAt: started?.at ?? 0 },
    },
    ...(runId !== undefined && { runId }),
    ...(budget && { budget }),
    ...(limits && { limits }),
    ...(tools && { tools }),
    ...(signal && { signal }),
  });
}

function requirePromptFits(
  past: Past,
  journal: Journal,
  { from, promptFile, editedResult }: ForkOptions,
): void {
  if (promptFile === undefined) return;
  const edited = editedResult === undefined ? undefined : editedCall(past, from);
  requireWholeStep(past, findForkPoint(past, from), { journal, edited });
}

/** Whether all calls of a step, and of what runs inside it, are taken from the log. */
function isKept(past: Past, journal: Journal, step: string): boolean {
  const own = [...past.calls.keys()].filter((position) => position.split(/[/[~!]/, 1)[0] === step);
  return own.every((position) => journal.holds(position));
}

async function paramsOf(
  workflow: LoadedWorkflow,
  recorded: JsonObject,
  changed: Readonly<Record<string, unknown>> = {},
): Promise<JsonObject> {
  if (Object.keys(changed).length === 0) return recorded;
  const { resolveParams } = await import('../../definitions/resolve-params.ts');
  return resolveParams(workflow, { ...recorded, ...changed });
}

/** The message that the call would have got: as it was recorded, with other words. */
function storeEdited(
  runtime: Runtime,
  past: Past,
  { from, text }: { readonly from: string; readonly text: string | undefined },
): Hash | undefined {
  if (text === undefined) return undefined;
  const position = editedCall(past, from);
  const call = position === undefined ? undefined : past.calls.get(position);
  if (!call) throw nothingToEdit(past, from);
  const { begun } = call;
  const message: Message =
    begun.call === 'model'
      ? { role: 'assistant', parts: [{ type: 'text', text }] }
      : {
          role: 'tool',
          callId: begun.callId ?? begun.position,
          name: begun.name,
          content: [{ type: 'text', text }],
          isError: false,
        };
  return runtime.log.store(canonicalJson(message as unknown as Json));
}

/** The call itself, or of a step its last one. */
function editedCall(past: Past, from: string): Position | undefined {
  const { call, step } = findForkPoint(past, from);
  return call ?? lastCallOf(past, step);
}

function nothingToEdit({ runId }: Past, from: string): DefinitionError {
  return new DefinitionError({
    code: 'FORK_POINT_UNKNOWN',
    message: `Step "${from}" of run ${runId} made no call, so there is no result to edit.`,
    hint: 'name a call, or a step that asks a model or calls a tool.',
  });
}
