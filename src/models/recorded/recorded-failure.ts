import type { CallEnded } from '../../domain/events.ts';
import { errorCatalogue, ModelError, type ModelErrorCode } from '../../errors/index.ts';

/** The failure of a recorded call, to be met again: the engine then does what it did, without the waiting. */
export function recordedFailure(ended: CallEnded, recording: string): ModelError {
  const { error } = ended;
  const code = error && isModelCode(error.code) ? error.code : 'MODEL_PROTOCOL';
  return new ModelError({
    code,
    message: error?.message ?? 'the recorded call failed without a reason',
    hint: error?.hint ?? `run with a live model, the recording "${recording}" ends here`,
    retryable: error?.retryable ?? false,
    retryAfterMs: 0,
    ...(error?.details !== undefined && { details: error.details }),
  });
}

function isModelCode(code: string): code is ModelErrorCode {
  return Object.hasOwn(errorCatalogue, code) && /^(MODEL_|RECORDING_|SCRIPT_)/.test(code);
}
