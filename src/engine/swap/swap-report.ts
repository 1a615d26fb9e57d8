import type { FailureRecord } from '../../domain/events.ts';
import type { Json } from '../../domain/json.ts';
import type { EffectClass } from '../../domain/tool.ts';
import type { CostUsd } from '../../domain/usage.ts';
import type { FieldAgreement } from './field-agreement.ts';
import type { Paired } from './spread.ts';
import type { RuleResult, SwapRules, SwapVerdict } from './swap-rules.ts';

/** What a swap found out: the result of its run in the log, and what `aiworkflow swap --json` prints last. */
export interface SwapReport {
  readonly swapId: string;
  readonly workflowId: string;
  readonly step: string;
  readonly candidate: string;
  /** The model that the files give the step now; null when they give it none. */
  readonly present: string | null;
  /** The models that made the recorded runs. */
  readonly recordedModels: readonly string[];
  readonly verdict: SwapVerdict;
  readonly rules: readonly RuleResult[];
  readonly thresholds: SwapRules;
  /** Runs that were replayed, newest first. */
  readonly runs: readonly SwappedRun[];
  /** Runs that were looked at and say nothing about the swap. */
  readonly leftOut: readonly LeftOut[];
  /** False: the step has no contract, so every text is an answer. */
  readonly hasContract: boolean;
  readonly outcomes: { readonly was: Outcomes; readonly now: Outcomes };
  /** Worst first. */
  readonly fields: readonly FieldAgreement[];
  readonly trajectory: TrajectoryReport;
  readonly missing: readonly MissingResult[];
  readonly stopReasons: Both<Readonly<Record<string, number>>>;
  readonly spent: {
    readonly costUsd: Paired;
    readonly latencyMs: Paired;
    readonly inputTokens: Paired;
    readonly outputTokens: Paired;
  };
  readonly budget: { readonly usd: number; readonly spentUsd: CostUsd };
  /** What ended the swap before all runs were replayed, and how many were by then. */
  readonly stopped: (FailureRecord & { readonly afterRuns: number }) | null;
}

export interface Both<Value> {
  readonly was: Value;
  readonly now: Value;
}

export interface LeftOut {
  readonly runId: string;
  readonly why: string;
}

export interface SwappedRun {
  readonly original: string;
  readonly replay: string;
  readonly cases: readonly SwappedCase[];
}

/** One execution of the step: the step itself, or one item of it. Rounds and attempts are inside it. */
export interface SwappedCase {
  readonly path: string;
  readonly was: Outcome;
  readonly now: Outcome;
  /** Share of equal fields; null without two answers. */
  readonly agreement: number | null;
  readonly error?: FailureRecord;
}

/**
 * `first-try`: the first answer was accepted. `repaired`: a later one was. `failed`: none was, or the model went beyond
 * a limit. `missing`: it asked for a tool call that the log does not hold. `unfinished`: cut off from outside.
 */
export type Outcome = 'first-try' | 'repaired' | 'failed' | 'missing' | 'unfinished';
export type Outcomes = Readonly<Record<Outcome, number>>;

export interface TrajectoryReport {
  /** Cases that called the same tools with the same arguments, in the same order. */
  readonly same: number;
  /** The same calls in another order. */
  readonly reordered: number;
  readonly different: number;
  /** Calls per tool over all compared cases. */
  readonly tools: readonly ToolCount[];
  /** Calls that change something and were made on one side only, with the same arguments. */
  readonly effects: readonly EffectDifference[];
}

export interface ToolCount extends Both<number> {
  readonly tool: string;
}

export interface EffectDifference {
  readonly original: string;
  readonly path: string;
  readonly tool: string;
  readonly effect: EffectClass;
  readonly side: 'only-was' | 'only-now';
}

/** A tool call that the log does not hold. `answered`: it only reads, and was made for real. */
export interface MissingResult {
  readonly original: string;
  readonly path: string;
  readonly tool: string;
  readonly effect: EffectClass;
  readonly arguments: Json;
  readonly answered: boolean;
}
