import type {
  AuditEvent,
  CallBegun,
  CallEnded,
  CallResolved,
  RunEnded,
  RunResumed,
  RunStarted,
  StepEnded,
  StepStarted,
} from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import { type Position, type StepPath, stepOfPosition } from '../../domain/position.ts';
import { LogError } from '../../errors/index.ts';

/** The text under a hash of the recorded run's log. Throws when the log has lost it, or gave it up on purpose. */
export type LoadText = (hash: Hash) => string;

/** A call of a recorded run. `order` counts begun calls from 0. */
export interface PastCall {
  readonly order: number;
  readonly begun: CallBegun;
  ended?: CallEnded;
  /** The last decision about it. */
  resolved?: CallResolved;
}

export interface PastStep {
  readonly started: StepStarted;
  ended?: StepEnded;
}

/** A recorded run, so that each of its calls and steps is found by where it happened. */
export interface Past {
  readonly runId: string;
  readonly started: RunStarted | undefined;
  readonly resumed: RunResumed | undefined;
  /** Of the last end, unless the run was resumed after it. */
  readonly ended: RunEnded | undefined;
  /** What the last call was made with: a resume that came to none, because its file had changed, does not count. */
  readonly definition: Hash | undefined;
  readonly load: LoadText;
  readonly calls: ReadonlyMap<Position, PastCall>;
  readonly steps: ReadonlyMap<StepPath, PastStep>;
  /** `step turn` of every answer that was checked. */
  readonly checks: ReadonlySet<string>;
  /** The first model call that each step made. */
  readonly firstModelCalls: ReadonlyMap<StepPath, PastCall>;
}

interface Index {
  started: RunStarted | undefined;
  resumed: RunResumed | undefined;
  ended: RunEnded | undefined;
  definition: Hash | undefined;
  readonly calls: Map<Position, PastCall>;
  readonly steps: Map<StepPath, PastStep>;
  readonly checks: Set<string>;
  readonly firstModelCalls: Map<StepPath, PastCall>;
}

export function pastOf(runId: string, events: Iterable<AuditEvent>, load: LoadText): Past {
  const index: Index = {
    started: undefined,
    resumed: undefined,
    ended: undefined,
    definition: undefined,
    calls: new Map(),
    steps: new Map(),
    checks: new Set(),
    firstModelCalls: new Map(),
  };
  for (const event of events) take(index, event);
  return Object.assign(index, { runId, load });
}

export const checkKey = (step: StepPath, turn: number): string => `${step} ${turn}`;

function take(index: Index, event: AuditEvent): void {
  switch (event.type) {
    case 'run-started':
      index.started = event;
      index.definition = event.definition;
      return;
    case 'run-resumed':
      index.resumed = event;
      index.ended = undefined;
      return;
    case 'run-ended':
      index.ended = event;
      return;
    case 'step-started':
      index.steps.set(event.step, { started: event });
      return;
    case 'step-ended':
      endStep(index, event);
      return;
    case 'answer-checked':
      index.checks.add(checkKey(event.step, event.turn));
      return;
    case 'call-begun':
    case 'call-ended':
    case 'call-resolved':
      takeCall(index, event);
      return;
    case 'history-adapted':
      return;
    default:
      throw ofNewerProgram(event);
  }
}

/** Passed over, it could be the one that says that a call was made. */
function ofNewerProgram(event: never): LogError {
  const { type } = event as { readonly type: string };
  return new LogError({
    code: 'LOG_FOREIGN',
    message: `The run holds an event "${type}", which this version does not know: a newer one wrote it.`,
    hint: 'upgrade aiworkflow; `aiworkflow show` and `verify` read the run all the same.',
    details: { type },
  });
}

function endStep({ steps }: Index, event: StepEnded): void {
  const step = steps.get(event.step);
  if (step) step.ended = event;
}

function takeCall(index: Index, event: AuditEvent): void {
  if (event.type === 'call-begun') beginCall(index, event);
  if (event.type !== 'call-ended' && event.type !== 'call-resolved') return;
  const call = index.calls.get(event.position);
  if (!call) return;
  if (event.type === 'call-ended') call.ended = event;
  else call.resolved = event;
}

function beginCall(index: Index, begun: CallBegun): void {
  const { calls, firstModelCalls, started, resumed } = index;
  index.definition = resumed?.definition ?? started?.definition;
  const call = { order: calls.size, begun };
  calls.set(begun.position, call);
  const step = stepOfPosition(begun.position);
  if (begun.call === 'model' && !firstModelCalls.has(step)) firstModelCalls.set(step, call);
}
