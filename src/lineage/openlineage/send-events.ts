import { appendFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { JsonObject } from '../../domain/json.ts';
import { maySendSecretTo, withoutCredentials } from '../../domain/secret-address.ts';
import { DefinitionError, LogError, messageOf } from '../../errors/index.ts';

export interface EventTarget {
  /** A file, which the events are added to as lines of JSON, or an http(s) URL, which each is posted to. */
  readonly target: string;
  /** Sent as a bearer token: by https, or by http to this machine. */
  readonly apiKey?: string | undefined;
  /** For each event. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;

/** @throws LogError LINEAGE_NOT_SENT, saying how many events had arrived; DefinitionError USAGE for an address that would show the key. */
export async function sendEvents(events: readonly JsonObject[], target: EventTarget): Promise<void> {
  if (/^https?:\/\//i.test(target.target)) return postAll(events, target);
  const lines = events.map((event) => `${JSON.stringify(event)}\n`).join('');
  try {
    await appendFile(resolve(target.target), lines);
  } catch (cause) {
    throw notSent(`${target.target} cannot be written: ${messageOf(cause)}`, {
      sent: 0,
      of: events.length,
      cause,
    });
  }
}

async function postAll(events: readonly JsonObject[], target: EventTarget): Promise<void> {
  const url = endpointOf(target);
  let sent = 0;
  for (const event of events) {
    const failure = await post(event, { ...target, url });
    if (failure) throw notSent(`${url} ${failure.what}`, { sent, of: events.length, cause: failure.cause });
    sent += 1;
  }
}

/** An address without a path is a server's: events go to where OpenLineage's own clients send them. */
function endpointOf({ target, apiKey }: EventTarget): string {
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (!url || url.username || url.password) throw noAddress(target, 'is no address of a server');
  if (apiKey !== undefined && !maySendSecretTo(url))
    throw noAddress(target, 'is no address that OPENLINEAGE_API_KEY may be sent to');
  if (url.pathname === '/') url.pathname = '/api/v1/lineage';
  return url.href;
}

function noAddress(target: string, what: string): DefinitionError {
  return new DefinitionError({
    code: 'USAGE',
    message: `--openlineage "${withoutCredentials(target)}" ${what}.`,
    hint: 'write https://host, or http://127.0.0.1:5000 for a server on this machine; the key stands in OPENLINEAGE_API_KEY, and without one any http://host will do.',
  });
}

interface Failure {
  readonly what: string;
  readonly cause?: unknown;
}

async function post(
  event: JsonObject,
  { url, apiKey, timeoutMs = defaultTimeoutMs }: EventTarget & { readonly url: string },
): Promise<Failure | undefined> {
  const headers = {
    'content-type': 'application/json',
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
  };
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify(event),
      signal,
      redirect: 'error',
    });
    const text = await answer.text();
    if (answer.ok) return undefined;
    return { what: `answered ${answer.status} ${answer.statusText}: ${text.slice(0, 300)}` };
  } catch (cause) {
    const isLate = cause instanceof Error && cause.name === 'TimeoutError';
    return {
      what: isLate ? `did not answer within ${timeoutMs} ms` : `cannot be reached: ${messageOf(cause)}`,
      cause,
    };
  }
}

function notSent(
  message: string,
  { sent, of, cause }: { sent: number; of: number; cause?: unknown },
): LogError {
  return new LogError({
    code: 'LINEAGE_NOT_SENT',
    message: `${message} (${sent} of ${of} events had arrived).`,
    hint: 'mend it and send again: an event that arrives twice is the same event.',
    ...(cause !== undefined && { cause }),
  });
}
