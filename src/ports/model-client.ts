import type { ModelApi } from '../domain/message.ts';
import type { ModelRequest, ModelResponse } from '../domain/model.ts';
import type { Position } from '../domain/position.ts';

export interface ModelCallContext {
  readonly signal: AbortSignal;
  readonly runId: string;
  readonly position: Position;
  /** Milliseconds without a byte (headers or stream) after which the call fails with MODEL_TIMEOUT. */
  readonly idleTimeoutMs: number;
  /** The request's hash, as logged. `recorded` models answer by position and compare this. */
  readonly fingerprint: string;
  /** Called with text as it streams in, for progress only: nothing may be built on it. */
  readonly onText?: (text: string) => void;
}

/**
 * One model of one provider.
 *
 * - Sends the request once: no retries of its own, so that every attempt is in the log. Always streams.
 * - Resolves with what the model said, whatever it said: a refusal, a cut answer or broken tool arguments are
 *   responses (the tokens were paid for), told apart by `stopReason`.
 * - Rejects with a ModelError whose code and `retryable` tell what to do, and with InterruptedError on abort.
 * - Items that the provider needs back unchanged travel in the message's `native` fields.
 * - Tool names in request and response are ours (`files.read_text_file`); the spelling that the provider allows
 *   is the client's own business.
 */
export interface ModelClient {
  /** `provider:model`, as it is logged and priced. */
  readonly id: string;
  /**
   * The wire format: provider items of another one in the conversation do not reach the model. Absent: it reads none,
   * as a recording, which answers by position.
   */
  readonly api?: ModelApi | undefined;
  /** `recorded` models cost nothing and touch no network. */
  readonly source: 'live' | 'recorded';
  /** Of a recording: the workflow whose run it holds. Other workflows find no answer in it. */
  readonly recordedWorkflowId?: string;
  /**
   * The model name that belongs in the request's fingerprint when it is not `id`: a recording answers requests that
   * were made for another model, and must recognise them.
   */
  answersAs?(position: Position): string | undefined;
  generate(request: ModelRequest, context: ModelCallContext): Promise<ModelResponse>;
}

export interface ModelSource {
  /** Throws DefinitionError MODEL_UNKNOWN or MODEL_KEY_MISSING. Loads the provider's SDK on first use. */
  open(id: string): Promise<ModelClient>;
}
