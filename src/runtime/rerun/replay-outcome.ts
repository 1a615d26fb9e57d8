import { canonicalJson } from '../../domain/canonical-json.ts';
import type { Hash } from '../../domain/hash.ts';
import type { Position, StepPath } from '../../domain/position.ts';
import type { StepResult, WorkflowResult } from '../../domain/result.ts';
import type { Past, PastStep } from '../../engine/journal/past.ts';
import { AiworkflowError } from '../../errors/index.ts';
import type { AuditReader } from '../../ports/audit-log.ts';
import { openPast } from './open-past.ts';

/** What came of a replay. */
export interface ReplayOutcome {
  readonly runId: string;
  readonly parentRunId: string;
  readonly live: 'nothing' | 'tools' | 'models';
  /** The same steps came to the same results, and the run to the same end. */
  readonly equal: boolean;
  /** How parent and replay ended. */
  readonly ended: { readonly recorded: string; readonly now: string };
  readonly steps: readonly StepOutcome[];
  /** Live tools: every call that came out otherwise than recorded. */
  readonly toolDifferences: readonly ToolDifference[];
  readonly calls: number;
  readonly result?: WorkflowResult;
  /** What ended the replay early: the first divergence, a tool result that is not there, a failure. */
  readonly error?: AiworkflowError;
}

export interface StepOutcome {
  readonly step: StepPath;
  readonly equal: boolean;
  readonly recorded: string;
  readonly now: string;
}

export interface ToolDifference {
  readonly position: Position;
  readonly tool: string;
  readonly recorded: Hash;
  /** Absent: the call failed without a result. */
  readonly now?: Hash;
  readonly error?: string;
}

export function replayOutcome(
  log: AuditReader,
  {
    past,
    replayId,
    made,
    live,
  }: {
    readonly past: Past;
    readonly replayId: string;
    readonly made: WorkflowResult | AiworkflowError;
    readonly live: ReplayOutcome['live'];
  },
): ReplayOutcome {
  const replay = openPast(log, replayId);
  const steps = [...new Set([...past.steps.keys(), ...replay.steps.keys()])].map((step) =>
    compareStep({ step, live }, [past, past.steps.get(step)], [replay, replay.steps.get(step)]),
  );
  const ended = { recorded: past.ended?.status ?? 'cut off', now: replay.ended?.status ?? 'cut off' };
  const failed = AiworkflowError.is(made);
  const sameEnd = failed ? sameFailure(past, replay) : past.ended?.result === replay.ended?.result;
  return {
    runId: replayId,
    parentRunId: past.runId,
    live,
    equal: sameEnd && ended.recorded === ended.now && steps.every(({ equal }) => equal),
    ended,
    steps,
    toolDifferences: live === 'tools' ? toolDifferences(replay, past) : [],
    calls: replay.calls.size,
    ...(failed ? { error: made } : { result: made }),
  };
}

type StepOf = readonly [run: Past, step: PastStep | undefined];

function compareStep(
  { step, live }: { readonly step: StepPath; readonly live: ReplayOutcome['live'] },
  [past, then]: StepOf,
  [replay, now]: StepOf,
): StepOutcome {
  const [was, is] = [then?.ended, now?.ended];
  const same =
    was?.result === is?.result ||
    // Another model spends otherwise: what counts is whether it answered otherwise.
    (live === 'models' && sameAnswer([past, was?.result], [replay, is?.result]));
  const equal = was?.status === is?.status && same && was?.error?.code === is?.error?.code;
  return {
    step,
    equal: equal && (then === undefined) === (now === undefined),
    recorded: statusOf(then),
    now: statusOf(now),
  };
}

type ResultOf = readonly [run: Past, result: Hash | undefined];

function sameAnswer(was: ResultOf, is: ResultOf): boolean {
  const [then, now] = [answerOf(was), answerOf(is)];
  return then !== undefined && then === now;
}

/** Undefined: there is none, or its text was taken out of the log. */
function answerOf([{ load }, result]: ResultOf): string | undefined {
  if (result === undefined) return undefined;
  try {
    const { response } = JSON.parse(load(result)) as StepResult;
    return canonicalJson(response);
  } catch (error) {
    if (AiworkflowError.is(error) && error.code === 'TEXT_REDACTED') return undefined;
    throw error;
  }
}

const statusOf = (step: PastStep | undefined): string =>
  step === undefined ? 'not begun' : (step.ended?.status ?? 'cut off');

const sameFailure = (past: Past, replay: Past): boolean =>
  past.ended?.error?.code !== undefined && past.ended.error.code === replay.ended?.error?.code;

function toolDifferences(replay: Past, past: Past): ToolDifference[] {
  return [...replay.calls].flatMap(([position, { begun, ended }]) => {
    const recorded = past.calls.get(position)?.ended?.result;
    if (begun.call !== 'tool' || recorded === undefined || ended?.result === recorded) return [];
    const { result, error } = ended ?? {};
    return [
      {
        position,
        tool: begun.name,
        recorded,
        ...(result !== undefined && { now: result }),
        ...(error && { error: error.message }),
      },
    ];
  });
}
