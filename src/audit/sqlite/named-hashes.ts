import type { AuditEvent } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { isHash } from './chain-hash.ts';

/** The fields of events that name blobs. `fingerprint` is a hash too, and names none. */
const fields = ['definition', 'item', 'request', 'added', 'result', 'shown', 'used'];

/** The blobs that an event names. */
export function hashesIn(event: AuditEvent): Hash[] {
  const named = hashesUnder(event as unknown as JsonObject, fields);
  const edited = event.type === 'run-started' ? event.origin?.edited : undefined;
  return isHash(edited) ? [...named, edited] : named;
}

/**
 * What may name blobs in an event of a type that only a newer program knows: each text that looks like a hash. Not all
 * of them need be in the log.
 */
export function possibleHashesIn(event: AuditEvent): Hash[] {
  return knownTypes.has(event.type) ? [] : hashesUnder(event as unknown as JsonObject, Object.keys(event));
}

export const isKnownType = (type: string): boolean => knownTypes.has(type);

const knownTypes: ReadonlySet<string> = new Set(
  Object.keys({
    'run-started': true,
    'run-resumed': true,
    'step-started': true,
    'call-begun': true,
    'call-ended': true,
    'call-resolved': true,
    'history-adapted': true,
    'answer-checked': true,
    'step-ended': true,
    'run-ended': true,
  } satisfies Record<AuditEvent['type'], true>),
);

/**
 * The blobs that a request names in its turn: a model call's frame its tool definitions and its output schema, a
 * tool call the definition of its tool.
 */
export function hashesInRequest(text: string): Hash[] {
  const request = parsed(text);
  return isJsonObject(request) ? hashesUnder(request, ['tools', 'output', 'definition']) : [];
}

function hashesUnder(value: JsonObject, names: readonly string[]): Hash[] {
  return names.flatMap((name) => value[name]).filter(isHash);
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined; // a request that is no JSON names nothing
  }
}
