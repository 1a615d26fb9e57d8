import type { IncomingHttpHeaders } from 'node:http';
import { messageOf } from '../../errors/index.ts';

/**
 * What is known of a failed call, whoever reported it: an answer with an error status, an error event in a stream, or
 * an error object in an answer with status 200.
 */
export interface Failure {
  readonly message: string;
  readonly status?: number;
  readonly type?: string;
  readonly code?: string;
  readonly header: (name: string) => string | undefined;
}

/** An answer with an error status, or an error event in place of the rest of an answer, as the provider sent it. */
export class ProviderFailure extends Error {
  /** JSON, or the text when it is none. */
  readonly body: unknown;
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  constructor(given: { body: unknown; status?: number; headers?: IncomingHttpHeaders }) {
    const { body, status, headers = {} } = given;
    const said = typeof body === 'string' ? body : JSON.stringify(body);
    super([status, said || '(no body)'].filter((part) => part !== undefined).join(' '));
    this.name = 'ProviderFailure';
    this.body = body;
    this.status = status;
    this.headers = headers;
  }
}

/** Errors are JSON by their protocol; gateways send plain text. */
export function jsonOrText(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** No answer came: the connection could not be made, or broke before the headers. */
export class ConnectionFailure extends Error {
  constructor(cause: unknown) {
    // When all addresses of a name refuse, the error has a code and no message.
    super(messageOf(cause) || networkCodeOf(cause) || 'connection error', { cause });
    this.name = 'ConnectionFailure';
  }
}

/** `ECONNREFUSED` and the like, from wherever it stands in the chain of causes. */
export function networkCodeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = 'code' in at ? at.code : undefined;
    if (typeof code === 'string') return code;
  }
  return '';
}

/** An error that the provider put into an answer. The readers throw it; `modelErrorOf` turns it into a ModelError. */
export class ReportedFailure extends Error {
  readonly failure: Omit<Failure, 'header'>;
  constructor(failure: Omit<Failure, 'header'>) {
    super(failure.message);
    this.name = 'ReportedFailure';
    this.failure = failure;
  }
}

/** The answer ended before the provider said that it was complete. */
export class StreamCutOff extends Error {
  constructor() {
    super('the stream ended before the answer was complete');
    this.name = 'StreamCutOff';
  }
}

/** The provider sent something that its protocol does not have. */
export class ProtocolBreach extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProtocolBreach';
  }
}

/** Throws when the body of an answer is an error, as some servers send it with status 200. */
export function throwReported(body: unknown): void {
  const error = field(body, 'error');
  if (error === undefined || error === null) return;
  throw new ReportedFailure(reportedFields(error));
}

export function reportedFields(error: unknown): Omit<Failure, 'header'> {
  const type = text(field(error, 'type'));
  const code = text(field(error, 'code'));
  return {
    message: text(field(error, 'message')) ?? (typeof error === 'string' ? error : JSON.stringify(error)),
    ...(type !== undefined && { type }),
    ...(code !== undefined && { code }),
  };
}

export function failureOf(error: unknown): Failure {
  if (error instanceof ReportedFailure) return { ...error.failure, header: () => undefined };
  if (error instanceof ProviderFailure) return providerFailure(error);
  return { message: messageOf(error), header: () => undefined };
}

function providerFailure({ message, body, status, headers }: ProviderFailure): Failure {
  // Both APIs put what happened into `error`; an error event of the Responses API is the error itself.
  const inner = field(body, 'error') ?? body;
  const type = text(field(inner, 'type'));
  // Anthropic's finer word for what happened, beside a broad type.
  const code = text(field(field(inner, 'details'), 'error_code')) ?? text(field(inner, 'code'));
  return {
    message: text(field(inner, 'message')) ?? text(inner) ?? message,
    ...(status !== undefined && { status }),
    ...(type !== undefined && { type }),
    ...(code !== undefined && { code }),
    header: (name) => text(headers[name]),
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Compatible servers send numbers as codes. */
function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
