import { addedBy } from '../../domain/added-messages.ts';
import type { Hash } from '../../domain/hash.ts';
import { callOfPosition, type StepPath } from '../../domain/position.ts';
import { type CallState, type RunState, type StepState, workedMs } from '../runs/fold-run.ts';
import type { CallNamed, Spent } from './run-comparison.ts';

/** A folded run, and the texts that its events name: undefined for one that is not in the log any more. */
export interface ComparedRun {
  readonly run: RunState;
  readonly load: (hash: Hash) => string | undefined;
}

/** A step by its path without attempts: what its last attempt did, and what all of them used. */
export interface ComparedStep {
  readonly path: StepPath;
  readonly state: StepState;
  /** In the order in which a step makes them, whichever of those at the same time began first. */
  readonly calls: readonly ComparedCall[];
  readonly spent: Spent;
}

/** One of the two in a comparison of a step; a run may not have that step. */
export interface Side {
  readonly run: ComparedRun;
  readonly step: ComparedStep | undefined;
}

/** All attempts of one call. */
export interface ComparedCall {
  /** `m3`, `t3.1`, `call`: the same in every attempt of its step. */
  readonly place: string;
  /** The last attempt: the others failed, or nobody knows what became of them. */
  readonly last: CallState;
  /** The messages that the call sends first, which not each of its attempts logs. */
  readonly added: readonly Hash[];
}

/** In the order in which the steps began first. */
export function stepsOf({ run }: ComparedRun): Map<StepPath, ComparedStep> {
  const calls = Map.groupBy(run.calls.values(), (call) => call.step);
  const attempts = Map.groupBy(run.steps.values(), (step) => withoutAttempts(step.path));
  const steps = new Map<StepPath, ComparedStep>();
  for (const [path, states] of attempts) {
    const state = states.at(-1);
    if (!state) continue;
    const ofLast = comparedCalls(calls.get(state.path) ?? []);
    steps.set(path, { path, state, calls: ofLast, spent: spentOn(states, calls) });
  }
  return steps;
}

const withoutAttempts = (path: StepPath): StepPath => path.replaceAll(/!\d+/g, '');

function comparedCalls(calls: readonly CallState[]): ComparedCall[] {
  // A probe asks what became of a call: it belongs to the crash, and not to the step.
  const own = calls.filter(({ begun }) => !/\?\d+$/.test(begun.position));
  const places = [...Map.groupBy(own, ({ begun }) => placeOf(begun.position))].flatMap(
    ([place, attempts]) => {
      const last = attempts.at(-1);
      const added = addedBy(attempts.map(({ begun }) => begun));
      return last ? [{ place, last, added }] : [];
    },
  );
  return places.sort((a, b) => comparePlaces(a.place, b.place));
}

const placeOf = (position: string): string => {
  const call = callOfPosition(position);
  return call.slice(call.lastIndexOf('/') + 1);
};

/** `m2` before `t2.1` before `t2.10` before `m3`. */
export function comparePlaces(a: string, b: string): number {
  const [one, other] = [orderOf(a), orderOf(b)];
  return one.turn - other.turn || one.index - other.index;
}

function orderOf(place: string): { readonly turn: number; readonly index: number } {
  const [, turn = '0', index = '0'] = /^[mt](\d+)(?:\.(\d+))?$/.exec(place) ?? [];
  return { turn: Number(turn), index: Number(index) };
}

function spentOn(states: readonly StepState[], calls: ReadonlyMap<StepPath, readonly CallState[]>): Spent {
  const all = states.map((state) => spent(state, calls.get(state.path) ?? []));
  return all.reduce((sum, one) => ({
    modelCalls: sum.modelCalls + one.modelCalls,
    toolCalls: sum.toolCalls + one.toolCalls,
    inputTokens: sum.inputTokens + one.inputTokens,
    outputTokens: sum.outputTokens + one.outputTokens,
    cacheReadTokens: sum.cacheReadTokens + one.cacheReadTokens,
    costUsd: addKnown(sum.costUsd, one.costUsd),
    durationMs: addKnown(sum.durationMs, one.durationMs),
  }));
}

const addKnown = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : a + b;

type Spender = Pick<StepState, 'usage' | 'costUsd' | 'endedAt' | 'pausedMs'> & {
  readonly startedAt?: number;
};

export function spent(
  { usage, costUsd, startedAt, endedAt, pausedMs }: Spender,
  calls: readonly CallState[],
): Spent {
  const modelCalls = calls.filter(({ begun }) => begun.call === 'model').length;
  const { inputTokens, outputTokens, cacheReadTokens } = usage;
  return {
    modelCalls,
    toolCalls: calls.length - modelCalls,
    inputTokens,
    outputTokens,
    cacheReadTokens,
    costUsd,
    durationMs:
      startedAt === undefined || endedAt === undefined
        ? null
        : workedMs({ startedAt, endedAt, pausedMs }, endedAt),
  };
}

export function callNamed({ last: { number, begun } }: ComparedCall): CallNamed {
  return { number, position: begun.position, call: begun.call, name: begun.name };
}
