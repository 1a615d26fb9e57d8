import type { ToolOutput } from '../../domain/tool.ts';
import { messageOf, ToolError } from '../../errors/index.ts';
import type { ToolCallContext } from '../../ports/tool-source.ts';
import { failedOutput } from '../tool-output.ts';
import { httpStatusOf } from './start-failure.ts';
import { TransportFailure } from './transport-failure.ts';

/**
 * What a failed call means:
 * - `not-sent`: nothing happened; another connection may send it
 * - `answered`: the server (or its answer) says no; the model is told
 * - `refused`: our credentials are not taken; a person must look
 * - `unknown`: it was sent and not answered; it may have happened
 */
export type CallFailure =
  | { readonly kind: 'not-sent' }
  | { readonly kind: 'answered'; readonly output: ToolOutput }
  | { readonly kind: 'refused'; readonly error: unknown }
  | { readonly kind: 'unknown'; readonly reason: UnknownReason; readonly detail: string };

export type UnknownReason = 'cancelled' | 'timeout' | 'connection-lost';

/** Everything that is not known to be harmless is `unknown`. */
export function classifyCallFailure(error: unknown, context: ToolCallContext): CallFailure {
  const failure = transportFailureOf(error);
  if (failure?.fate === 'not-sent') return { kind: 'not-sent' };
  if (failure?.fate === 'too-large')
    return answered(`${failure.detail} It was dropped; ask for less at once.`);
  if (context.signal.aborted) return unknown('cancelled', 'the run was interrupted');
  if (failure) return unknown('connection-lost', failure.detail);
  const status = httpStatusOf(error);
  if (status !== undefined) return classifyStatus(status, error);
  return classifyCode(errorCode(error), error);
}

function classifyCode(code: unknown, error: unknown): CallFailure {
  switch (code) {
    case 'REQUEST_TIMEOUT':
      return unknown('timeout', 'no answer in time');
    case 'UNSUPPORTED_RESULT_TYPE':
    case 'INPUT_REQUIRED_ROUNDS_EXCEEDED':
      return answered(
        'The tool asked for input in the middle of the call (elicitation), which this client does not offer. Call it with all it needs, or use another tool.',
      );
    case 'INVALID_RESULT':
      return answered(`The tool's answer is no valid MCP result: ${messageOf(error)}`);
    case 'CONNECTION_CLOSED':
      return unknown('connection-lost', 'the connection ended');
    default:
      // A number is the code of a JSON-RPC error: the server itself has answered.
      return typeof code === 'number'
        ? answered(`The tool failed: ${messageOf(error)}`)
        : unknown('connection-lost', messageOf(error));
  }
}

function classifyStatus(status: number, error: unknown): CallFailure {
  if (status === 401 || status === 403) return { kind: 'refused', error };
  // An older server's session is gone (restarted, expired): it asks for a new one and has done nothing.
  if (status === 404) return { kind: 'not-sent' };
  // A gateway's 5xx or 408 says nothing about what the server behind it has done.
  if (status >= 500 || status === 408) return unknown('connection-lost', `HTTP ${status}`);
  return answered(`The tool server refused the call with HTTP ${status}: ${messageOf(error).slice(0, 500)}`);
}

function transportFailureOf(error: unknown): TransportFailure | undefined {
  const data = error instanceof Error && 'data' in error ? error.data : undefined;
  return data instanceof TransportFailure ? data : undefined;
}

function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

const answered = (text: string): CallFailure => ({ kind: 'answered', output: failedOutput(text) });

const unknown = (reason: UnknownReason, detail: string): CallFailure => ({ kind: 'unknown', reason, detail });

/** The one error for a call that was begun and whose end nobody knows. */
export function outcomeUnknown(fields: {
  readonly tool: string;
  readonly reason: UnknownReason;
  readonly detail: string;
  readonly lastWords: string;
  readonly cause: unknown;
}): ToolError {
  const { tool, reason, detail, lastWords, cause } = fields;
  const wrote = lastWords === '' ? '' : ` The server wrote last:\n${lastWords}`;
  return new ToolError({
    code: 'TOOL_OUTCOME_UNKNOWN',
    message: `The call of "${tool}" was sent and not answered (${detail}); what it does may have happened.${wrote}`,
    hint: 'look at what the tool works on; a tool that may safely run twice can be declared so: `effects: { name: idempotent }` at its server.',
    details: { tool, reason },
    cause,
  });
}
