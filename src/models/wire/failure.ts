/**
 * What is known of a failed call, whoever reported it: an SDK's exception, an error event in a stream, or an error
 * object in an answer with status 200.
 */
export interface Failure {
  readonly message: string;
  readonly status?: number;
  readonly type?: string;
  readonly code?: string;
  readonly header: (name: string) => string | undefined;
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

/** Reads an SDK's error by its fields, so that neither SDK has to be loaded for the other's sake. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ReportedFailure) return { ...error.failure, header: () => undefined };
  // Anthropic nests the error once more than OpenAI does: { type: 'error', error: { type, message } }.
  const body = field(error, 'error');
  const inner = field(body, 'error') ?? body;
  const status = field(error, 'status');
  const type = text(field(error, 'type')) ?? text(field(inner, 'type'));
  // Anthropic's finer word for what happened, beside a broad type.
  const finer = text(field(field(inner, 'details'), 'error_code'));
  const code = finer ?? text(field(error, 'code')) ?? text(field(inner, 'code'));
  return {
    message: text(field(inner, 'message')) ?? (error instanceof Error ? error.message : String(error)),
    ...(typeof status === 'number' && { status }),
    ...(type !== undefined && { type }),
    ...(code !== undefined && { code }),
    header: headerReader(error),
  };
}

function headerReader(error: unknown): Failure['header'] {
  const headers = field(error, 'headers');
  return (name) => (headers instanceof Headers ? (headers.get(name) ?? undefined) : undefined);
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Compatible servers send numbers as codes. */
function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
