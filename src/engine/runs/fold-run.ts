import type {
  AnswerChecked,
  AuditEvent,
  CallBegun,
  CallEnded,
  CallResolved,
  FailureRecord,
  HistoryAdapted,
  RunOverrides,
  RunResumed,
  RunStarted,
} from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import { type Position, type StepPath, stepOfPosition, turnOfPosition } from '../../domain/position.ts';
import type { RunStatus } from '../../domain/result.ts';
import { type CostSoFar, countBegun, countEnded, nothingSoFar } from './cost-so-far.ts';

/** What a run has come to, folded from its events. The same function serves live progress, `show` and resume. */
export interface RunState extends CostSoFar {
  readonly runId: string;
  started?: RunStarted;
  status: RunStatus;
  endedAt?: number;
  /** Milliseconds in which nobody worked on it: from the end, or the last sign of life, of one part to the next. */
  pausedMs: number;
  /** When something was last done in it. */
  lastAt?: number;
  result?: Hash;
  error?: FailureRecord;
  /** What was typed for parts of it, in place of what its definition says. */
  readonly overrides: OverriddenPart[];
  /** In the order in which they started. */
  readonly steps: Map<StepPath, StepState>;
  /** In the order in which they began; `number` counts from 1 and is what `show --call` takes. */
  readonly calls: Map<Position, CallState>;
}

/** A part of the run from `at` (milliseconds) on, until its next end. */
export interface OverriddenPart extends RunOverrides {
  readonly at: number;
}

/** Usage and cost are of this step's own calls; a loop's or sub-workflow's steps carry their own. */
export interface StepState extends CostSoFar {
  readonly path: StepPath;
  readonly kind: 'prompt' | 'call' | 'workflow';
  readonly model?: string;
  readonly item?: Hash;
  readonly startedAt: number;
  status: RunStatus | 'skipped';
  endedAt?: number;
  /** Milliseconds of it in which nobody worked on it. */
  pausedMs: number;
  result?: Hash;
  error?: FailureRecord;
  turns: number;
  toolCalls: number;
  readonly checks: AnswerChecked[];
  /** What its conversation lost when it went on with another provider. */
  readonly adaptations: HistoryAdapted[];
}

export interface CallState {
  readonly number: number;
  readonly step: StepPath;
  readonly turn: number;
  readonly begun: CallBegun;
  /** Absent: the call is under way or, when the run is over, in doubt. */
  ended?: CallEnded;
  /** What was decided about a call that was lost, or that stopped the run. */
  resolved?: CallResolved;
}

export function newRunState(runId: string): RunState {
  return {
    runId,
    status: 'running',
    pausedMs: 0,
    overrides: [],
    steps: new Map(),
    calls: new Map(),
    ...nothingSoFar(),
  };
}

export function foldRun(runId: string, events: Iterable<AuditEvent>): RunState {
  const state = newRunState(runId);
  for (const event of events) applyEvent(state, event);
  return state;
}

/** Calls that were begun, whose end is not in the log, and of which nobody has said what became of them. */
export function openCalls(state: RunState): CallState[] {
  return [...state.calls.values()].filter(
    ({ ended, resolved }) => ended === undefined && resolved === undefined,
  );
}

/** How long was worked on it, in milliseconds: until it ended, else until `nowMs`. */
export function workedMs(
  { startedAt, endedAt, pausedMs }: Pick<StepState, 'startedAt' | 'endedAt' | 'pausedMs'>,
  nowMs: number,
): number {
  // A clock that jumps while the work goes on must not make a time of less than nothing.
  return Math.max(0, (endedAt ?? nowMs) - startedAt - pausedMs);
}

/** Changes the state in place: a live run applies thousands of events to it. */
export function applyEvent(state: RunState, event: AuditEvent): void {
  change(state, event);
  // A decision is made while nobody works on the run.
  if (event.type !== 'call-resolved') state.lastAt = event.at;
}

function change(state: RunState, event: AuditEvent): void {
  switch (event.type) {
    case 'run-started':
      state.started = event;
      override(state, event);
      return;
    case 'run-resumed':
      reopen(state, event);
      return;
    case 'step-started':
      startStep(state, event);
      return;
    case 'call-begun':
      beginCall(state, event);
      return;
    case 'call-ended':
      endCall(state, event);
      return;
    case 'answer-checked':
      state.steps.get(event.step)?.checks.push(event);
      return;
    case 'step-ended':
      endStep(state, event);
      return;
    case 'call-resolved':
      resolveCall(state, event);
      return;
    case 'history-adapted':
      state.steps.get(event.step)?.adaptations.push(event);
      return;
    case 'run-ended':
      Object.assign(state, ending(event));
  }
}

/** The run goes on: how it ended before is history. What was under way stood still since the last sign of life. */
function reopen(state: RunState, event: RunResumed): void {
  const { at } = event;
  const stoppedAt = state.endedAt ?? state.lastAt ?? at;
  // Negative when the clock was set back meanwhile: then it takes back what the two times of day say too little.
  state.pausedMs += at - stoppedAt;
  for (const step of state.steps.values()) if (step.endedAt === undefined) step.endedAt = stoppedAt;
  override(state, event);
  state.status = 'running';
  delete state.endedAt;
  delete state.error;
  delete state.result;
}

function override(state: RunState, { at, overrides }: RunStarted | RunResumed): void {
  if (overrides) state.overrides.push({ at, ...overrides });
}

/** A step that a resume starts again keeps what it has used; what lies between its two parts is no work. */
function startStep(state: RunState, event: Started): void {
  const before = state.steps.get(event.step) ?? startedStep(event);
  const { turns, toolCalls, checks, adaptations, startedAt } = before;
  const { usage, costUsd, settledUsd, reserved } = before;
  const pausedMs = before.pausedMs + event.at - (before.endedAt ?? event.at);
  const cost = { usage, costUsd, settledUsd, reserved };
  const kept = { turns, toolCalls, checks, adaptations, startedAt, pausedMs };
  state.steps.set(event.step, { ...startedStep(event), ...kept, ...cost });
}

function resolveCall(state: RunState, event: CallResolved): void {
  const call = state.calls.get(event.position);
  if (call) call.resolved = event;
}

type Started = Extract<AuditEvent, { type: 'step-started' }>;
type Ended = Extract<AuditEvent, { type: 'step-ended' | 'run-ended' }>;

function startedStep(event: Started): StepState {
  return {
    path: event.step,
    kind: event.kind,
    ...(event.model !== undefined && { model: event.model }),
    ...(event.item !== undefined && { item: event.item }),
    startedAt: event.at,
    status: 'running',
    pausedMs: 0,
    turns: 0,
    toolCalls: 0,
    ...nothingSoFar(),
    checks: [],
    adaptations: [],
  };
}

function ending(event: Ended) {
  return {
    status: event.status,
    endedAt: event.at,
    ...(event.result !== undefined && { result: event.result }),
    ...(event.error && { error: event.error }),
  };
}

function endStep(state: RunState, event: Extract<AuditEvent, { type: 'step-ended' }>): void {
  const step = state.steps.get(event.step);
  if (step) Object.assign(step, ending(event));
}

function beginCall(state: RunState, event: CallBegun): void {
  const path = stepOfPosition(event.position);
  const turn = turnOfPosition(event.position);
  state.calls.set(event.position, { number: state.calls.size + 1, step: path, turn, begun: event });
  countBegun(state, event);
  const step = state.steps.get(path);
  if (!step) return;
  countBegun(step, event);
  if (event.call === 'tool') step.toolCalls += 1;
  else step.turns = Math.max(step.turns, turn);
}

function endCall(state: RunState, event: CallEnded): void {
  const call = state.calls.get(event.position);
  if (!call) return;
  call.ended = event;
  const ended = { begun: call.begun, ended: event };
  countEnded(state, ended);
  const step = state.steps.get(call.step);
  if (step) countEnded(step, ended);
}
