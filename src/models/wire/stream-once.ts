import type { IncomingMessage } from 'node:http';
import type { ModelResponse } from '../../domain/model.ts';
import { InterruptedError, messageOf } from '../../errors/index.ts';
import type { ModelCallContext } from '../../ports/model-client.ts';
import type { ProviderConnection } from '../connection.ts';
import type { Endpoint } from './endpoint.ts';
import { eventStream } from './event-stream.ts';
import { jsonOrText, ProtocolBreach, ProviderFailure } from './failure.ts';
import type { Post } from './http-post.ts';
import { type IdleWatch, startIdleWatch } from './idle-watch.ts';
import { idleError, modelErrorOf } from './model-error.ts';
import { readBody, readText } from './read-body.ts';

/** Puts one answer together from the provider's events. */
export interface AnswerReader<Event> {
  event(event: Event): void;
  /** The answer in one piece, from a server that does not stream although it was asked to. */
  whole(body: unknown): void;
  /** Throws StreamCutOff when the provider never said that the answer is complete. */
  finish(): ModelResponse;
}

export interface StreamedCall<Event> {
  readonly connection: ProviderConnection;
  readonly model: string;
  readonly context: ModelCallContext;
  readonly endpoint: () => Promise<Endpoint>;
  readonly post: Post;
  readonly body: string;
  readonly reader: AnswerReader<Event>;
}

/** One attempt at one call. */
export async function streamOnce<Event>(call: StreamedCall<Event>): Promise<ModelResponse> {
  const { context, reader } = call;
  if (context.signal.aborted) throw interrupted(context.signal.reason);
  const watch = startIdleWatch(context.signal, context.idleTimeoutMs);
  let answer: IncomingMessage | undefined;
  let answering = false;
  try {
    answer = await call.post(await call.endpoint(), call.body, watch);
    watch.touch();
    if (!isOk(answer)) throw await refusal(answer, watch);
    answering = true;
    if (kindOf(answer) === 'stream') await readEvents(answer, { reader, watch });
    else reader.whole(parseWhole(await readText(answer, watch.touch)));
    return reader.finish();
  } catch (error) {
    // What was not read to its end would hold its connection for ever.
    answer?.destroy();
    if (context.signal.aborted) throw interrupted(error);
    const place = { connection: call.connection, model: call.model, answering };
    throw watch.timedOut() ? idleError(context.idleTimeoutMs, place) : modelErrorOf(error, place);
  } finally {
    watch.stop();
  }
}

const isOk = ({ statusCode = 0 }: IncomingMessage): boolean => statusCode >= 200 && statusCode < 300;

async function refusal(answer: IncomingMessage, watch: IdleWatch): Promise<ProviderFailure> {
  // When its body breaks off the status still says what happened.
  const text = await readText(answer, watch.touch).catch(messageOf);
  const { statusCode = 0, headers } = answer;
  return new ProviderFailure({ body: jsonOrText(text), status: statusCode, headers });
}

async function readEvents<Event>(
  answer: IncomingMessage,
  { reader, watch }: { reader: AnswerReader<Event>; watch: IdleWatch },
): Promise<void> {
  const events = eventStream((data) => reader.event(data as Event), answer.headers);
  await readBody(answer, { take: events.take, touch: watch.touch });
  events.end();
}

/** Anything that does not say what it is counts as a stream: that is what was asked for. */
function kindOf({ headers }: IncomingMessage): 'stream' | 'whole' {
  const type = headers['content-type'] ?? '';
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
