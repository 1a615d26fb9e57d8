import { AiworkflowError, type ErrorFields } from './base.ts';
import type { ErrorCode } from './catalogue.ts';

/** A file or a command line is wrong; nothing has run. */
export class DefinitionError extends AiworkflowError {}

/** A template cannot be rendered. Thrown before any model is called with it. */
export class TemplateError extends AiworkflowError {}

/** A model call failed at the provider. `retryable` decides whether the engine tries again. */
export class ModelError extends AiworkflowError {
  /** How long the provider asks us to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  constructor(fields: ErrorFields & { readonly code: ModelErrorCode; readonly retryAfterMs?: number }) {
    super(fields);
    if (fields.retryAfterMs !== undefined) this.retryAfterMs = fields.retryAfterMs;
  }
}
export type ModelErrorCode = Extract<
  ErrorCode,
  `MODEL_${string}` | 'RECORDING_DIVERGED' | 'SCRIPT_EXHAUSTED'
>;

/** The model answered, and the answer cannot be accepted as data: refused, filtered, cut, or against its contract. */
export class AnswerError extends AiworkflowError {}

/** A tool server is missing, or a call's outcome is unknown. What a tool itself reports is a result, not an error. */
export class ToolError extends AiworkflowError {}

/** A limit or a budget stopped the work. The log holds all that was done until then. */
export class LimitError extends AiworkflowError {}

/** The caller's AbortSignal, or Ctrl-C. */
export class InterruptedError extends AiworkflowError {}

/** The audit log cannot be opened, written or verified. Nothing runs unlogged. */
export class LogError extends AiworkflowError {}
