import { ModelError, type ModelErrorCode, messageOf } from '../../errors/index.ts';
import type { ProviderConnection } from '../connection.ts';
import { classifyFailure, retryAfterMsOf } from './classify-failure.ts';
import {
  ConnectionFailure,
  type Failure,
  failureOf,
  networkCodeOf,
  ProtocolBreach,
  ProviderFailure,
  ReportedFailure,
  StreamCutOff,
} from './failure.ts';
import { failureHint } from './failure-hint.ts';

export interface FailedCall {
  readonly connection: ProviderConnection;
  readonly model: string;
  /** The response headers had come: what breaks now breaks the stream. */
  readonly answering: boolean;
}

/** The one way from anything that a call can throw to a ModelError. */
export function modelErrorOf(error: unknown, call: FailedCall): ModelError {
  if (error instanceof ModelError) return error;
  const failure = failureOf(error);
  const { code, retryable } = kindOf(error, { failure, answering: call.answering });
  const retryAfterMs = retryAfterMsOf(failure, Date.now());
  const said = scrubbed(failure.message, call);
  return new ModelError({
    code,
    message: `${call.connection.provider}:${call.model} ${sentences[code] ?? 'failed'}: ${said}`,
    hint: failureHint(code, { ...call, failure }),
    retryable,
    details: detailsOf(failure),
    cause: scrubbedCause(error, call),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** Nothing came for the whole idle time, whether the answer had begun or not. */
export function idleError(idleTimeoutMs: number, call: FailedCall): ModelError {
  const when = call.answering ? 'in the middle of its answer' : 'before its answer began';
  return new ModelError({
    code: 'MODEL_TIMEOUT',
    message: `${call.connection.provider}:${call.model} sent nothing for ${idleTimeoutMs} ms ${when}`,
    hint: 'raise limits.modelTimeoutMs when the model thinks for longer than that',
    retryable: true,
  });
}

const sentences: Partial<Record<ModelErrorCode, string>> = {
  MODEL_RATE_LIMITED: 'is limiting the rate of calls',
  MODEL_OVERLOADED: 'is overloaded',
  MODEL_SERVER_ERROR: 'failed on its side',
  MODEL_UNREACHABLE: 'cannot be reached',
  MODEL_TIMEOUT: 'took too long',
  MODEL_STREAM_BROKEN: 'broke off in the middle of its answer',
  MODEL_QUOTA: 'has no credit left',
  MODEL_AUTH: 'does not accept the credentials',
  MODEL_NOT_FOUND: 'was not found',
  MODEL_REQUEST_INVALID: 'rejects the request',
  MODEL_REQUEST_TOO_LARGE: 'finds the request too large',
  MODEL_CONTEXT_OVERFLOW: 'cannot hold the conversation',
  MODEL_CONTENT_FILTERED: 'withheld the answer',
  MODEL_PROTOCOL: 'sent something unexpected',
};

function kindOf(
  error: unknown,
  seen: { failure: Failure; answering: boolean },
): { code: ModelErrorCode; retryable: boolean } {
  if (error instanceof ProtocolBreach) return { code: 'MODEL_PROTOCOL', retryable: false };
  if (error instanceof StreamCutOff) return { code: 'MODEL_STREAM_BROKEN', retryable: true };
  const { failure, answering } = seen;
  const told = failure.status !== undefined || failure.type !== undefined || isReported(error);
  if (told) return classifyFailure(failure);
  if (answering) return { code: 'MODEL_STREAM_BROKEN', retryable: true };
  if (error instanceof ConnectionFailure) return unreachable(error);
  return { code: 'MODEL_PROTOCOL', retryable: false };
}

/** An error event may hold nothing but a message or a code. */
function isReported(error: unknown): boolean {
  return error instanceof ReportedFailure || error instanceof ProviderFailure;
}

function unreachable(error: ConnectionFailure): { code: ModelErrorCode; retryable: boolean } {
  const network = networkCodeOf(error);
  if (network === 'ETIMEDOUT') return { code: 'MODEL_TIMEOUT', retryable: true };
  // A certificate does not get better by asking again.
  return { code: 'MODEL_UNREACHABLE', retryable: !/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(network) };
}

function detailsOf(failure: Failure): Record<string, string | number> {
  const requestId = failure.header('x-request-id') ?? failure.header('request-id');
  return {
    ...(failure.status !== undefined && { status: failure.status }),
    ...(failure.type !== undefined && { type: failure.type }),
    ...(failure.code !== undefined && { providerCode: failure.code }),
    ...(requestId !== undefined && { requestId }),
  };
}

/** Providers quote keys in their errors, and an error goes to the log and to the screen. */
function scrubbed(text: string, call: FailedCall): string {
  return call.connection.secrets.reduce((left, secret) => left.replaceAll(secret, '[secret]'), text);
}

function scrubbedCause(error: unknown, call: FailedCall): unknown {
  const body = error instanceof ProviderFailure ? JSON.stringify(error.body) : '';
  const seen = `${messageOf(error)} ${body}`;
  if (scrubbed(seen, call) === seen) return error;
  return new Error(scrubbed(messageOf(error), call));
}
