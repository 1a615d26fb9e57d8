import { type AuditFile, listRuns } from '../../audit/sqlite/index.ts';
import type { Hash } from '../../domain/hash.ts';
import type { Json } from '../../domain/json.ts';
import type { LoadedStep, LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import { directCallPosition, type StepPath, stepIdsOf } from '../../domain/position.ts';
import type { Past } from '../../engine/journal/past.ts';
import { AiworkflowError } from '../../errors/index.ts';
import { openPast, recordedWorkflow } from '../../runtime/rerun/open-past.ts';

/** What a step has answered and handed on: its contract of that time held. */
export interface AcceptedAnswer {
  readonly runId: string;
  readonly workflowId: string;
  readonly step: StepPath;
  /** The step's id without items and attempts, after those of the steps that run its workflow. */
  readonly ids: readonly string[];
  readonly kind: 'prompt' | 'call';
  /** The step as it was; undefined in the run of a program. */
  readonly definition: LoadedStep | undefined;
  /** Undefined: the text was redacted. */
  readonly answer: { readonly response: Json; readonly text: string } | undefined;
}

export type Wanted = (answer: Omit<AcceptedAnswer, 'answer'>) => boolean;

/** How far back is looked for answers. */
export const newestRuns = 1_000;

/**
 * The newest answers that are wanted, at most `count`. Replays and the tries of a swap are passed over: they repeat the
 * answers of their parents, or are those of a model that nobody has chosen.
 */
export function acceptedAnswers(
  log: AuditFile,
  {
    workflowId,
    wanted,
    count,
  }: { readonly workflowId?: string; readonly wanted: Wanted; readonly count: number },
): AcceptedAnswer[] {
  const rows = listRuns(log, { limit: newestRuns, ...(workflowId !== undefined && { workflowId }) });
  const found: AcceptedAnswer[] = [];
  for (const { runId, origin } of rows) {
    if (origin === 'replay' || origin === 'swap') continue;
    found.push(...answersOf(openPast(log, runId), wanted).slice(0, count - found.length));
    if (found.length >= count) break;
  }
  return found;
}

/** The last answers of a run first. */
function answersOf(past: Past, wanted: Wanted): AcceptedAnswer[] {
  const workflow = recordedDefinition(past);
  return [...past.steps.keys()].reverse().flatMap((step) => {
    const result = acceptedResult(past, step);
    if (result === undefined) return [];
    const ids = stepIdsOf(step);
    const about = {
      runId: past.runId,
      workflowId: past.started?.workflowId ?? '',
      step,
      ids,
      kind: past.firstModelCalls.has(step) ? ('prompt' as const) : ('call' as const),
      definition: workflow && stepOf(workflow, ids),
    };
    return wanted(about) ? [{ ...about, answer: readable(() => answerIn(past, result)) }] : [];
  });
}

/** Of a step that made calls itself: what a loop or an inner workflow hands on is no answer. */
function acceptedResult(past: Past, step: StepPath): Hash | undefined {
  const { ended } = past.steps.get(step) ?? {};
  const asked = past.firstModelCalls.has(step) || past.calls.has(directCallPosition(step));
  return asked && ended?.status === 'ok' ? ended.result : undefined;
}

const recordedDefinition = (past: Past): LoadedWorkflow | undefined => readable(() => recordedWorkflow(past));

const answerIn = (past: Past, result: Hash) =>
  JSON.parse(past.load(result)) as { readonly response: Json; readonly text: string };

function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (AiworkflowError.is(error) && error.code === 'TEXT_REDACTED') return undefined;
    throw error;
  }
}

export function stepOf(
  workflow: LoadedWorkflow,
  [first, ...inner]: readonly string[],
): LoadedStep | undefined {
  const step = workflow.steps.find(({ id }) => id === first);
  if (inner.length === 0) return step;
  return step?.kind === 'workflow' ? stepOf(step.workflow, inner) : undefined;
}
