import type { FailureRecord } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { callOfPosition, type StepPath, stepIdOf } from '../../domain/position.ts';
import type { StepResult } from '../../domain/result.ts';
import { costOfCall, sumCosts } from '../../domain/spend.ts';
import type { EffectClass } from '../../domain/tool.ts';
import type { CostUsd } from '../../domain/usage.ts';
import type { CallState, RunState, StepState } from '../runs/fold-run.ts';
import { outcomeOf } from './case-outcome.ts';
import type { Outcome } from './swap-report.ts';

/** What one execution of a step came to, with all its rounds and attempts. */
export interface StepCase {
  readonly path: StepPath;
  readonly outcome: Outcome;
  readonly answer?: Json;
  readonly error?: FailureRecord;
  readonly tools: readonly ToolUse[];
  /** Of every model call: its stop reason, or the code that it failed with. */
  readonly stopReasons: readonly string[];
  readonly costUsd: CostUsd;
  /** Of the model calls only: what tools took then says nothing about a model. */
  readonly latencyMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface ToolUse {
  readonly tool: string;
  readonly effect: EffectClass;
  /** Equal for equal calls: the tool, its definition and its canonical arguments. */
  readonly content: Hash;
  readonly source: 'live' | 'recorded' | 'edited' | 'open';
}

export interface FoldedRun {
  readonly run: RunState;
  /** Throws for a text that is not there any more. */
  readonly load: (hash: Hash) => string;
}

/** The executions of a step, by their path without rounds and attempts: `scan`, `load[2]`, `curate[1]/check`. */
export function stepCases({ run, load }: FoldedRun, id: string): ReadonlyMap<StepPath, StepCase> {
  const states = [...run.steps.values()].filter(({ path }) => isOfStep(path, id));
  const byCase = Map.groupBy(states, ({ path }) => caseOf(path));
  const calls = Map.groupBy(run.calls.values(), ({ step }) => step);
  const cases = new Map<StepPath, StepCase>();
  for (const [path, parts] of byCase) {
    const last = parts.findLast((part) => /^(!\d+)?$/.test(part.path.slice(path.length)));
    if (!last || last.status === 'skipped' || isLoop(last, { byCase, load })) continue;
    cases.set(
      path,
      stepCase(path, { last, parts, load, calls: parts.flatMap((part) => calls.get(part.path) ?? []) }),
    );
  }
  return cases;
}

/** Whether a path is a step of this id, in whatever workflow, with its items, rounds and attempts. */
export const isOfStep = (path: StepPath, id: string): boolean => stepIdOf(path) === id;

const caseOf = (path: StepPath): StepPath => path.replace(/(?:[~!]\d+)+$/, '');

/** A `forEach` step itself is no execution: its items are. */
function isLoop(
  last: StepState,
  { byCase, load }: { readonly byCase: ReadonlyMap<StepPath, unknown>; readonly load: FoldedRun['load'] },
): boolean {
  if (last.path.slice(last.path.lastIndexOf('/') + 1).includes('[')) return false;
  if ([...byCase.keys()].some((path) => path.startsWith(`${last.path}[`))) return true;
  return last.result !== undefined && resultOf(load(last.result)).items !== undefined;
}

const resultOf = (text: string): StepResult => JSON.parse(text) as StepResult;

interface Parts {
  /** The last attempt: what the case came to. */
  readonly last: StepState;
  /** All attempts and rounds. */
  readonly parts: readonly StepState[];
  readonly calls: readonly CallState[];
  readonly load: FoldedRun['load'];
}

function stepCase(path: StepPath, { last, parts, calls, load }: Parts): StepCase {
  const models = calls.filter(({ begun }) => begun.call === 'model');
  const rejected = parts.flatMap(({ checks }) => checks).filter(({ accepted }) => !accepted).length;

  const { status, result, error } = last;
  return {
    path,
    outcome: outcomeOf({ status, error, isFirst: rejected === 0 && last.path === path }),
    ...(status === 'ok' && result !== undefined && { answer: resultOf(load(result)).response }),
    ...(error && { error }),
    tools: toolsOf(calls),
    stopReasons: models.map(({ ended }) => ended?.stopReason ?? ended?.error?.code ?? 'no end'),
    costUsd: sumCosts(models.map(costOfCall)),
    latencyMs: models.reduce((sum, { ended }) => sum + (ended?.durationMs ?? 0), 0),
    inputTokens: models.reduce((sum, { ended }) => sum + (ended?.usage?.inputTokens ?? 0), 0),
    outputTokens: models.reduce((sum, { ended }) => sum + (ended?.usage?.outputTokens ?? 0), 0),
  };
}

/** Attempts of one call are one call; probes are none. */
function toolsOf(calls: readonly CallState[]): ToolUse[] {
  const tools = calls.filter(({ begun }) => begun.call === 'tool' && !/\?\d+$/.test(begun.position));
  const byCall = Map.groupBy(tools, ({ begun }) => callOfPosition(begun.position));
  return [...byCall.values()].flatMap((attempts) => {
    const last = attempts.at(-1);
    if (!last) return [];
    const { name, effect = 'irreversible', fingerprint } = last.begun;
    return [{ tool: name, effect, content: fingerprint, source: last.ended?.source ?? 'open' }];
  });
}

/** What the log says of a tool call that it does not hold (see `models-journal.ts`). */
export interface MissedCall {
  readonly tool: string;
  readonly effect: EffectClass;
  readonly arguments: Json;
}

export function missedCall(error: FailureRecord | undefined): MissedCall | undefined {
  if (error?.code !== 'TOOL_NOT_RECORDED') return undefined;
  const details = (error.details ?? {}) as JsonObject;
  return {
    tool: String(details['tool'] ?? 'a tool'),
    effect: (details['effect'] ?? 'irreversible') as EffectClass,
    arguments: details['arguments'] ?? null,
  };
}
