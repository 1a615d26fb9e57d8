import type { ModelResponse } from '../../domain/model.ts';
import { InterruptedError } from '../../errors/index.ts';
import type { ModelCallContext } from '../../ports/model-client.ts';
import type { ProviderConnection } from '../connection.ts';
import { ProtocolBreach } from './failure.ts';
import type { WatchedRequestInit } from './http-fetch.ts';
import { type IdleWatch, startIdleWatch } from './idle-watch.ts';
import { idleError, modelErrorOf } from './model-error.ts';

/** Puts one answer together from the provider's events. */
export interface AnswerReader<Event> {
  event(event: Event): void;
  /** The answer in one piece, from a server that does not stream although it was asked to. */
  whole(body: unknown): void;
  /** Throws StreamCutOff when the provider never said that the answer is complete. */
  finish(): ModelResponse;
}

/** Options that both SDKs take for one request. */
export interface SendOptions {
  readonly body: string;
  readonly headers: Record<string, string>;
  readonly stream: true;
  readonly signal: AbortSignal;
  /** A WatchedRequestInit; the two SDKs describe theirs with types that do not agree with each other. */
  readonly fetchOptions: object;
}

/** What both SDKs' `post(…).withResponse()` gives. */
export interface OpenAnswer<Event> {
  readonly data: AsyncIterable<Event>;
  readonly response: { readonly headers: Headers; text(): Promise<string> };
}

export interface StreamedCall<Event> {
  readonly connection: ProviderConnection;
  readonly model: string;
  readonly context: ModelCallContext;
  readonly body: string;
  readonly reader: AnswerReader<Event>;
  readonly send: (options: SendOptions) => Promise<OpenAnswer<Event>>;
}

/** One attempt at one call. */
export async function streamOnce<Event>(call: StreamedCall<Event>): Promise<ModelResponse> {
  const { context, reader } = call;
  const watch = startIdleWatch(context.signal, context.idleTimeoutMs);
  let answering = false;
  try {
    const { data, response } = await call.send(sendOptions(call.body, watch));
    answering = true;
    if (kindOf(response.headers) === 'stream') for await (const event of data) reader.event(event);
    else reader.whole(parseWhole(await response.text()));
    // The SDKs end an aborted stream as if it were complete.
    if (watch.signal.aborted) throw new Error('aborted');
    return reader.finish();
  } catch (error) {
    if (context.signal.aborted) throw interrupted(error);
    const place = { connection: call.connection, model: call.model, answering };
    throw watch.timedOut() ? idleError(context.idleTimeoutMs, place) : modelErrorOf(error, place);
  } finally {
    watch.stop();
  }
}

function sendOptions(body: string, watch: IdleWatch): SendOptions {
  return {
    body,
    // With a content type of our own the SDKs send the text as it is.
    headers: { 'content-type': 'application/json' },
    stream: true,
    signal: watch.signal,
    fetchOptions: { onBytes: watch.touch } satisfies WatchedRequestInit,
  };
}

/** Anything that does not say what it is counts as a stream: that is what was asked for. */
function kindOf(headers: Headers): 'stream' | 'whole' {
  const type = headers.get('content-type') ?? '';
  if (/html/i.test(type)) throw new ProtocolBreach('an HTML page in place of an answer');
  return /json/i.test(type) ? 'whole' : 'stream';
}

function parseWhole(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error('the answer says that it is JSON and is not', { cause });
  }
}

function interrupted(cause: unknown): InterruptedError {
  return new InterruptedError({ code: 'INTERRUPTED', message: 'the model call was interrupted', cause });
}
