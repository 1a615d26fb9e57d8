import type { AuditEvent } from '../../domain/events.ts';
import type { Hash } from '../../domain/hash.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { isHash } from './chain-hash.ts';

/** The fields of events that name blobs. `fingerprint` is a hash too, and names none. */
const fields = ['definition', 'item', 'request', 'added', 'result', 'shown'];

/** The blobs that an event names. */
export function hashesIn(event: AuditEvent): Hash[] {
  return hashesUnder(event as unknown as JsonObject, fields);
}

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
