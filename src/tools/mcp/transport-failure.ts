import type { JSONRPCMessage } from '@modelcontextprotocol/client';

/**
 * What became of one request when its answer cannot come:
 * - `not-sent`: it never left, so nothing happened
 * - `cut-off`: it left, and the connection ended before the answer
 * - `too-large`: it was answered, and the answer is larger than is kept
 */
export type TransportFate = 'not-sent' | 'cut-off' | 'too-large';

/** Travels in the `data` of an answer that the transport makes itself. A server cannot forge one: JSON has no class. */
export class TransportFailure {
  readonly fate: TransportFate;
  readonly detail: string;

  constructor(fate: TransportFate, detail: string) {
    this.fate = fate;
    this.detail = detail;
  }
}

/** The failure as the answer to the request, so that exactly this call ends and the others go on. */
export function failureAnswer(id: string | number, failure: TransportFailure): JSONRPCMessage {
  return { jsonrpc: '2.0', id, error: { code: -32_000, message: failure.detail, data: failure } };
}

export function describeBytes(bytes: number): string {
  return bytes >= 1_048_576 ? `${(bytes / 1_048_576).toFixed(1)} MB` : `${bytes} bytes`;
}
