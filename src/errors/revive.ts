import type { FailureRecord } from '../domain/events.ts';
import { AiworkflowError } from './base.ts';
import { type ErrorCode, errorCatalogue } from './catalogue.ts';
import { ModelError, type ModelErrorCode } from './classes.ts';

/** The error that a log entry stands for, so that a replay takes the way that the run took when it happened. */
export function errorOfRecord(record: FailureRecord): AiworkflowError {
  const code = Object.hasOwn(errorCatalogue, record.code) ? (record.code as ErrorCode) : 'UNEXPECTED';
  const fields = { ...record, retryable: record.retryable ?? false };
  return code.startsWith('MODEL_')
    ? new ModelError({ ...fields, code: code as ModelErrorCode })
    : new AiworkflowError({ ...fields, code });
}
