import type { Charge, Refusal } from '../../domain/account.ts';
import type { CallBegun, CallEnded } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';

/** A call about to be made: the request as the log will hold it. */
export type CallRequest = Omit<CallBegun, 'type' | 'at' | 'reserved'>;

/** What came of it: the value for the loop, and the fields that the log keeps of it. */
export interface Completed<Value> {
  readonly value: Value;
  readonly record: Omit<CallEnded, 'type' | 'at' | 'position' | 'durationMs' | 'source' | 'used'>;
}

/** What a call may cost at most, and the error for a budget that cannot bear it. */
export interface CallCharge {
  readonly charge: Charge;
  refused(refusal: Refusal): Error;
}

export interface Performance<Value> {
  /** Makes ready for the world what the past did not need: opens the model, starts the tool's server. */
  prepare?(): Promise<void>;
  /** What the call may cost at most. Not asked for what is recorded. Throws when it may not be made at all. */
  charge?(): CallCharge | undefined;
  /** Touches the world. Resolves with what the world answered; rejects when the call failed. */
  live(): Promise<Completed<Value>>;
  /** The same value, from the log. */
  revive(ended: CallEnded, load: (hash: Hash) => string): Value;
  /** True for a failure after which nobody knows whether the call happened: its end is left open in the log. */
  inDoubt?(error: unknown): boolean;
  /** What the log keeps of a failure besides its error. */
  failed?(error: unknown): Pick<CallEnded, 'costUsd'>;
  /** Told of a failure that is met again in the log, to count it as it was counted then. */
  met?(ended: CallEnded): void;
  /** Told that the attempt in the log asked for something else: the next one is the first to ask for this. */
  passedOver?(): void;
  /** Whether a call that was begun and has no end may be made again without asking. Throws when a person must decide. */
  mayRepeat(begun: CallBegun, runId: string): Promise<RepeatDecision> | RepeatDecision;
  /** `recorded` costs nothing and asks nobody. */
  source(): 'live' | 'recorded';
}

/** Made again as the next attempt (`why` goes into the log), or known by now: the tool's own probe has told. */
export type RepeatDecision =
  | { readonly repeat: true; readonly by: string; readonly why: string }
  | { readonly repeat: false; readonly by: string; readonly why: string; readonly result: Hash };
