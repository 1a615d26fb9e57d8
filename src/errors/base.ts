import type { FailureRecord } from '../domain/events.ts';
import type { Json } from '../domain/json.ts';
import { formatLocation, type SourceLocation } from '../domain/source-location.ts';
import type { ErrorCode } from './catalogue.ts';

export interface ErrorFields {
  readonly code: ErrorCode;
  /** What is wrong, as a sentence. The place is put in front of it. */
  readonly message: string;
  /** What to type or change next. Printed after `Try:`. */
  readonly hint?: string;
  readonly location?: SourceLocation;
  /** The error's data, for programs: never only in the text. */
  readonly details?: Json;
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

const brand = Symbol.for('aiworkflow.error');

/**
 * An error for the person: thrown once, printed once, at the edge (`cli/main.ts`, or the caller of the API).
 * Failures that the model can mend are no errors; they go back to it as tool results.
 */
export class AiworkflowError extends Error {
  readonly [brand] = true;
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly location?: SourceLocation;
  readonly details?: Json;
  readonly retryable: boolean;
  /** The run that ended with it. Set once, where the run ends. */
  runId?: string;

  constructor(fields: ErrorFields) {
    const place = fields.location ? `${formatLocation(fields.location)} ` : '';
    super(place + fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = new.target.name;
    this.code = fields.code;
    this.retryable = fields.retryable ?? false;
    if (fields.hint !== undefined) this.hint = fields.hint;
    if (fields.location !== undefined) this.location = fields.location;
    if (fields.details !== undefined) this.details = fields.details;
  }

  /** Holds across copies of this package in one process, where `instanceof` does not. */
  static is(value: unknown): value is AiworkflowError {
    return typeof value === 'object' && value !== null && brand in value;
  }
}

/** The error as the log keeps it. A foreign error becomes UNEXPECTED, with its own words. */
export function failureRecord(error: unknown): FailureRecord {
  if (!AiworkflowError.is(error)) return { code: 'UNEXPECTED', message: messageOf(error) };
  return {
    code: error.code,
    message: error.message,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(error.retryable && { retryable: true }),
    ...(error.details !== undefined && { details: error.details }),
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
