import type { JSONRPCMessage, StreamableHTTPClientTransport, Transport } from '@modelcontextprotocol/client';
import { messageOf } from '../../errors/index.ts';
import { requestIdAtEdge } from './message-lines.ts';
import { describeBytes, failureAnswer, TransportFailure, type TransportFate } from './transport-failure.ts';

export interface HttpLaunch {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface HttpLimits {
  readonly maxMessageBytes: number;
  /** Whether older servers may keep a stream open on which they ask us things. */
  readonly standingStream: boolean;
}

type TransportClass = typeof StreamableHTTPClientTransport;

/**
 * MCP over streamable HTTP. The library's transport, with three things added: a response is counted as it comes in and
 * cut at `maxMessageBytes`; a response stream that ends without an answer ends its call (or it would wait for
 * its time-out); and a refused connection is told apart from a lost one.
 */
export function createHttpTransport(
  Transport: TransportClass,
  launch: HttpLaunch & HttpLimits,
): StreamableHTTPClientTransport {
  const deliver = (id: string | number, failure: TransportFailure) =>
    transport.onmessage?.(failureAnswer(id, failure));
  const transport = new Transport(new URL(launch.url), {
    requestInit: { headers: { ...launch.headers } },
    fetch: limitedFetch(launch, deliver),
  });
  const send = transport.send.bind(transport);
  transport.send = async (message, options) => {
    const id = toolCallId(message);
    if (id === undefined) return send(message, options);
    const onRequestStreamEnd = () =>
      deliver(id, new TransportFailure('cut-off', 'the response ended without an answer'));
    try {
      await send(message, { ...options, onRequestStreamEnd });
    } catch (error) {
      const fate = networkFate(error);
      if (fate === undefined) throw error;
      deliver(id, new TransportFailure(fate, describeCause(error)));
    }
  };
  return transport;
}

type SendParameters = Parameters<Transport['send']>;

function toolCallId(message: SendParameters[0] | JSONRPCMessage[]): string | number | undefined {
  if (Array.isArray(message) || !('method' in message) || !('id' in message)) return undefined;
  return message.method === 'tools/call' ? message.id : undefined;
}

type Deliver = (id: string | number, failure: TransportFailure) => void;

function limitedFetch(limits: HttpLimits, deliver: Deliver): typeof fetch {
  const { maxMessageBytes: maxBytes, standingStream } = limits;
  return async (input, init) => {
    if (!standingStream && asksForStandingStream(init)) return new Response(null, { status: 405 });
    const response = await fetch(input, init);
    // A standing stream is no answer to anything and may go on for ever.
    if (!response.body || init?.method !== 'POST') return response;
    const body = typeof init.body === 'string' ? init.body : '';
    const id = requestIdAtEdge({ head: body.slice(0, 1024), tail: body.slice(-1024) });
    const tooLarge = () => {
      const failure = new TransportFailure(
        'too-large',
        `The result has more than ${describeBytes(maxBytes)}.`,
      );
      if (id !== undefined) deliver(id, failure);
      return new Error(failure.detail);
    };
    const limited = response.body.pipeThrough(byteLimit(maxBytes, tooLarge));
    return new Response(limited, response);
  };
}

/**
 * An older server is asked for a stream of its own after the start. Nobody here would listen, and it would keep our program
 * running; "not offered" (405) is an answer that the library takes. A broken answer is still resumed, by its event id.
 */
function asksForStandingStream(init: RequestInit | undefined): boolean {
  return init?.method === 'GET' && !new Headers(init.headers).has('last-event-id');
}

function byteLimit(maxBytes: number, tooLarge: () => Error): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) controller.error(tooLarge());
      else controller.enqueue(chunk);
    },
  });
}

// Nobody took the connection, so nobody read the request.
const neverConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Undefined for what is no network failure: an HTTP status has been given by somebody who read the request. */
function networkFate(error: unknown): TransportFate | undefined {
  if (!(error instanceof TypeError)) return undefined;
  return neverConnected.has(causeCode(error) ?? '') ? 'not-sent' : 'cut-off';
}

/** The code of the innermost cause: the outer errors only say which of our doings failed. */
export function causeCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  // Several addresses were tried (IPv6, then IPv4): they failed alike.
  const inner = error instanceof AggregateError ? error.errors[0] : error.cause;
  const own = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return causeCode(inner) ?? own;
}

function describeCause(error: unknown): string {
  const code = causeCode(error);
  const cause =
    error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error);
  return code && !cause.includes(code) ? `${cause} (${code})` : cause || messageOf(error);
}
