import type { AuditEvent, CallBegun, CallEnded, CallResolved, RunEnded } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import type { Position, StepPath } from '../../domain/position.ts';
import type { CostUsd } from '../../domain/usage.ts';
import type { CallRequest } from '../calls/performance.ts';
import type { LoadText, PastStep } from './past.ts';

/**
 * The past that a run may draw on instead of the world. A fresh run has an empty one; a resume its own; a fork its
 * parent's before one call; a frozen replay all of its parent's, and it is closed; a swap its parent's tool results.
 */
export interface Journal {
  /**
   * What the past says of this call.
   * Throws REPLAY_DIVERGED when it holds another request there, and when it is closed and holds none (REPLAY_ENDED
   * when the recorded run broke off there).
   */
  find(request: CallRequest): Found;
  /** True when a call begun at this position may be taken from the past. */
  holds(position: Position): boolean;
  /** The step as the past holds it. */
  step(path: StepPath): PastStep | undefined;
  /** True: what is not in the past may not happen. */
  readonly closed: boolean;
  /** What the run has cost before it goes on: nothing, unless the past is its own. */
  readonly paidUsd: CostUsd;
  /** The recorded run ended with status `ok`. */
  readonly endedWell: boolean;
  /** How the recorded run ended, if it did. */
  readonly ended?: Pick<RunEnded, 'status' | 'error'>;
  /** True when the step's work may go on live where the past of it ended badly: a resume tries again what failed. */
  mayGoOn(path: StepPath): boolean;
  /** The request of the step's first model call: the model and the tools that the step's conversation began with. */
  frameOf(path: StepPath): RecordedFrame | undefined;
  /** The request of one model call: a conversation may have had several models. The same object for the same request. */
  frameAt(position: Position): RecordedFrame | undefined;
  /** The definition of the tool that was called at this position. */
  toolAt(position: Position): { readonly definition: Hash; readonly load: LoadText } | undefined;
  /** True for an event that is in this run's own log already: a resume does not write its past a second time. */
  isWritten(event: AuditEvent): boolean;
}

export interface RecordedFrame {
  /** The name of the call: `recorded:demo` for a run that was itself answered by a recording. */
  readonly name: string;
  /** The model in the request. */
  readonly model: string;
  readonly tools: readonly Hash[];
  readonly load: LoadText;
}

export type Found =
  /** Nothing is recorded, and the world may be asked. */
  | { readonly kind: 'live' }
  | RecordedEnd
  /** The world is asked for comparison; the run goes on with what is recorded. */
  | (Omit<RecordedEnd, 'kind'> & { readonly kind: 'compared' })
  /** It was begun, and what came of it is not known. `runId`: the run that began it, this one or the one it is forked from. */
  | {
      readonly kind: 'doubt';
      readonly begun: CallBegun;
      readonly own: boolean;
      readonly runId: string;
    }
  /**
   * It came to nothing: the next attempt is the call. `resolved` is the decision that says so, when one was needed; else
   * `passedOver` is how it ended, which was asked otherwise then.
   */
  | { readonly kind: 'again'; readonly own: boolean; readonly resolved: CallResolved }
  | {
      readonly kind: 'again';
      readonly own: boolean;
      readonly resolved?: never;
      readonly passedOver: CallEnded;
    };

export interface RecordedEnd {
  readonly kind: 'recorded';
  readonly ended: CallEnded;
  readonly load: LoadText;
  /** The events of it are in this run's own log. */
  readonly own: boolean;
}

const live: Found = { kind: 'live' };

export const emptyJournal: Journal = {
  find: () => live,
  holds: () => false,
  step: () => undefined,
  closed: false,
  paidUsd: 0,
  endedWell: false,
  mayGoOn: () => false,
  frameOf: () => undefined,
  frameAt: () => undefined,
  toolAt: () => undefined,
  isWritten: () => false,
};

/** The run's own past before what it took from its parent: the journal of a fork that is resumed. */
export function layered(own: Journal, below: Journal): Journal {
  const layerOf = (position: Position): Journal => (own.holds(position) ? own : below);
  return {
    find: (request) => layerOf(request.position).find(request),
    holds: (position) => own.holds(position) || below.holds(position),
    step: (path) => own.step(path) ?? below.step(path),
    closed: below.closed,
    paidUsd: own.paidUsd,
    endedWell: below.endedWell,
    mayGoOn: (path) => own.mayGoOn(path),
    frameOf: (path) => own.frameOf(path) ?? below.frameOf(path),
    frameAt: (position) => layerOf(position).frameAt(position),
    toolAt: (position) => layerOf(position).toolAt(position),
    isWritten: (event) => own.isWritten(event),
  };
}
