import type { Hash } from './hash.ts';
import type { Json, JsonObject } from './json.ts';
import type { ModelStopReason } from './model.ts';
import type { Position, StepPath } from './position.ts';
import type { EffectClass } from './tool.ts';
import type { CostUsd, Usage } from './usage.ts';

/**
 * Everything that a run does or learns, in the order in which it happened. The log holds nothing else: state is
 * folded from these events, in one function (`engine/fold-run.ts`), for resume, CLI and docs alike.
 * `at` is milliseconds since 1970 (UTC). Hashes name texts in the log's blob store.
 */
export type AuditEvent =
  | RunStarted
  | StepStarted
  | CallBegun
  | CallEnded
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
  /** Which program wrote this run: name and version. */
  readonly program: string;
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
   * hashes, oldest first. A conversation is the concatenation over the turns: it grows linearly in the log.
   */
  readonly added?: readonly Hash[];
  /** Tool calls: the provider's id of the call that asked for it, and what a second run of it would do. */
  readonly callId?: string;
  readonly effect?: EffectClass;
  readonly attempt?: number;
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
  /** `live` asked the world; `recorded` came from a recording or from another run's log and cost nothing. */
  readonly source: 'live' | 'recorded';
  readonly error?: FailureRecord;
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
  readonly status: 'ok' | 'failed' | 'skipped' | 'stopped' | 'interrupted';
  /** Blob with the step's result as templates see it. */
  readonly result?: Hash;
  readonly reason?: string;
  readonly error?: FailureRecord;
}

export interface RunEnded extends At {
  readonly type: 'run-ended';
  readonly status: 'ok' | 'failed' | 'stopped' | 'interrupted';
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
