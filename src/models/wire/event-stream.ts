import type { IncomingHttpHeaders } from 'node:http';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { jsonOrText, ProviderFailure } from './failure.ts';

/** Decodes server-sent events, all that a piece of text completes at once. */
export interface EventStream {
  /** True once the provider has said that the last event has come. */
  take(text: string): boolean;
  /** The answer has ended. An event without the blank line after it counts: some servers leave that out. */
  end(): void;
}

/**
 * `onEvent` gets the data of each event, parsed. Throws ProviderFailure for an event that reports an error, whichever
 * way the provider spells that, Error for data that is no JSON, and what `onEvent` throws.
 */
export function eventStream(
  onEvent: (data: unknown) => void,
  headers: IncomingHttpHeaders = {},
): EventStream {
  let started = false;
  let done = false;
  const parser = createParser({
    onEvent: (event) => {
      if (done) return;
      if (event.data === endMark) done = true;
      else onEvent(dataOf(event, headers));
    },
  });
  return {
    take(text) {
      parser.feed(started ? text : withoutByteOrderMark(text));
      started = true;
      return done;
    },
    end: () => parser.feed('\n\n'),
  };
}

/** The last event of the OpenAI APIs. */
const endMark = '[DONE]';

function dataOf({ event, data }: EventSourceMessage, headers: IncomingHttpHeaders): unknown {
  if (event === 'error') throw new ProviderFailure({ body: jsonOrText(data), headers });
  const value = parse(data);
  if (holdsError(value)) throw new ProviderFailure({ body: value, headers });
  return value;
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new Error('an event of the stream is no JSON', { cause });
  }
}

function holdsError(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'error' in value && Boolean(value.error);
}

function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
