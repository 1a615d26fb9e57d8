import type { Hash } from './hash.ts';
import type { Json, JsonObject } from './json.ts';
import type { Budgets, Limits } from './limits.ts';
import type { ModelStopReason } from './model.ts';
import type { Position, StepPath } from './position.ts';
import type { EffectClass } from './tool.ts';
import type { CostUsd, Usage } from './usage.ts';

/**
 * Everything that a run does or learns, in the order in which it happened. The log holds nothing else: state is
 * folded from these events, in one function (`engine/runs/fold-run.ts`), for resume, CLI and docs alike.
 * `at` is milliseconds since 1970 (UTC). Hashes name texts in the log's blob store.
 */
export type AuditEvent =
  | RunStarted
  | RunResumed
  | StepStarted
  | CallBegun
  | CallEnded
  | CallResolved
  | HistoryAdapted
  | AnswerChecked
  | StepEnded
  | RunEnded;

interface At {
  readonly at: number;
}

export interface RunStarted extends At {
  readonly type: 'run-started';
  readonly workflowId: string;
  /** Hash of the loaded definition (canonical JSON): prompts, schemas and steps as they were. */
  readonly definition?: Hash;
  readonly params: JsonObject;
  readonly model?: string;
  readonly parentRunId?: string;
  /** Why there is a parent: what was taken from its log, and what was not. */
  readonly origin?: RunOrigin;
  /** The models that were chosen for this run, over what the files say. */
  readonly models?: ChosenModels;
  readonly overrides?: RunOverrides;
  /** What templates see as `run.id` and `run.startedAt` (milliseconds): the first ancestor's, so that a replay asks the same. */
  readonly seenAs?: { readonly runId: string; readonly startedAt: number };
  /** Which program wrote this run: name and version. */
  readonly program: string;
}

/** `run --model m` and `--model step=m`. */
export interface ChosenModels {
  readonly all?: string;
  readonly steps?: Readonly<Record<string, string>>;
}

/**
 * What a run with a parent took from the parent's log.
 * `replay`: everything (`frozen`), the model's words with tools for real (`tools`), or the tools' results with other
 * models for real (`models`). `fork`: everything before `from`. `swap`: the comparison of a candidate, whose replays
 * are runs of their own.
 */
export interface RunOrigin {
  readonly kind: 'replay' | 'fork' | 'swap';
  readonly live?: 'nothing' | 'tools' | 'models';
  /** A fork's first step, item or call that is not taken from the log. */
  readonly from?: Position;
  /** A fork that puts another result in the place of the call `from`: the blob with it. */
  readonly edited?: Hash;
  /** Steps whose model is asked for real in a replay; absent: all of them. */
  readonly steps?: readonly StepPath[];
  /** What happens with a tool call that the parent's log does not hold. */
  readonly onMiss?: 'stop' | 'live';
}

/** Work goes on in a run that had stopped: after a crash, an interruption, a limit, a failure, a decision of a person. */
export interface RunResumed extends At {
  readonly type: 'run-resumed';
  readonly program: string;
  /** Hash of the definition that is used from here on, when it is not the one that the run began with. */
  readonly definition?: Hash;
  readonly models?: ChosenModels;
  readonly overrides?: RunOverrides;
}

/**
 * `resume --limit turns=100 --budget 5`: holds from this event to the next end of the run, in place of what its definition
 * and project say. It is no part of the definition: the next resume begins with what that says.
 */
export interface RunOverrides {
  readonly limits?: Limits;
  readonly budget?: Budgets;
}

export interface StepStarted extends At {
  readonly type: 'step-started';
  readonly step: StepPath;
  readonly kind: 'prompt' | 'call' | 'workflow';
  readonly model?: string;
  /** For a `forEach` item: the item as JSON text in the blob store. */
  readonly item?: Hash;
}

export interface CallBegun extends At {
  readonly type: 'call-begun';
  readonly position: Position;
  readonly call: 'model' | 'tool';
  /** `openai:gpt-6-sol` or `lake.ingest`. */
  readonly name: string;
  /** Hash over everything that decides the answer. Equal fingerprints asked for the same thing. */
  readonly fingerprint: Hash;
  /**
   * The blob with the request. For a model call its frame (model, settings, tool definition hashes, output
   * schema), which stays the same from turn to turn; for a tool call `{ tool, definition, arguments }`.
   */
  readonly request: Hash;
  /**
   * Model calls: the messages that joined the conversation since the call before it in the same step, as blob
   * hashes, oldest first. A conversation is the concatenation over the turns: it grows linearly in the log. A further
   * attempt names none, unless it was asked with others than the attempt before it (a prompt that was mended since).
   */
  readonly added?: readonly Hash[];
  /** Tool calls: the provider's id of the call that asked for it, and what a second run of it would do. */
  readonly callId?: string;
  readonly effect?: EffectClass;
  readonly attempt?: number;
  /** The worst case, taken out of these budget accounts with this very event. A call in doubt keeps it. */
  readonly reserved?: Reserved;
}

/** `usd` is null when no price is known and the budget allows that. */
export interface Reserved {
  readonly accounts: readonly string[];
  readonly usd: CostUsd;
  readonly tokens: number;
}

export interface CallEnded extends At {
  readonly type: 'call-ended';
  readonly position: Position;
  readonly status: 'ok' | 'error';
  /** Blob with the whole result: an assistant message, or a tool message before anything was cut from it. */
  readonly result?: Hash;
  /** Tool calls: what the model was shown, when it is not all of `result`. */
  readonly shown?: Hash;
  readonly durationMs: number;
  readonly usage?: Usage;
  readonly costUsd?: CostUsd;
  readonly stopReason?: ModelStopReason;
  readonly resolvedModel?: string;
  readonly providerId?: string;
  /**
   * `live` asked the world; `recorded` came from a recording or from another run's log and cost nothing; `edited` is
   * what a person put in the place of a recorded result.
   */
  readonly source: 'live' | 'recorded' | 'edited';
  /**
   * Of a recorded call: what it cost when it was made, when that is not `costUsd`. Steps and templates see this as its
   * cost, so that a replay of a replay comes to the same results.
   */
  readonly seenCostUsd?: CostUsd;
  /** What the run went on with when that is not `result`: a replay with live tools goes on with the recorded one. */
  readonly used?: Hash;
  readonly error?: FailureRecord;
}

/**
 * What became of a call that was begun and whose end is not in the log, or of one that failed and stopped the run:
 * made again, given a result, or passed over. Decided by a person (`resolve`), by the tool's own probe, or by the
 * effect class (`by: aiworkflow`).
 */
export interface CallResolved extends At {
  readonly type: 'call-resolved';
  readonly position: Position;
  readonly decision: 'retry' | 'result' | 'skip';
  /** The tool message or assistant message that counts as the call's result: with `result` and `skip`. */
  readonly result?: Hash;
  readonly by: string;
  readonly why: string;
}

/** A conversation went on with another provider, which cannot take every item of the first one. */
export interface HistoryAdapted extends At {
  readonly type: 'history-adapted';
  readonly step: StepPath;
  readonly turn: number;
  readonly from: string;
  readonly to: string;
  /** Provider items that were left out, and those that went on as plain text. */
  readonly dropped: number;
  readonly converted: number;
}

export interface AnswerChecked extends At {
  readonly type: 'answer-checked';
  readonly step: StepPath;
  readonly turn: number;
  readonly accepted: boolean;
  /** What broke the contract, in the words that the model was told. */
  readonly issues?: readonly string[];
}

export interface StepEnded extends At {
  readonly type: 'step-ended';
  readonly step: StepPath;
  readonly status: 'ok' | 'failed' | 'skipped' | 'stopped' | 'waiting' | 'interrupted';
  /** Blob with the step's result as templates see it. */
  readonly result?: Hash;
  readonly reason?: string;
  readonly error?: FailureRecord;
}

export interface RunEnded extends At {
  readonly type: 'run-ended';
  readonly status: 'ok' | 'failed' | 'stopped' | 'waiting' | 'interrupted';
  readonly result?: Hash;
  readonly error?: FailureRecord;
}

/** An error as the log keeps it: enough to say what was wrong and what to do, without the stack. */
export interface FailureRecord {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly retryable?: boolean;
  readonly details?: Json;
}
