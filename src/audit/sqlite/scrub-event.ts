import type { AuditEvent } from '../../domain/events.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { Scrub } from '../../ports/environment.ts';
import { isHash } from './chain-hash.ts';

/** Fields that name blobs: blanking a part of a hash would cut the event off from its text. */
const hashFields = new Set([
  'definition',
  'item',
  'fingerprint',
  'request',
  'result',
  'shown',
  'used',
  'added',
]);

/**
 * The event with every string in it scrubbed, keys included; the event itself when nothing had to be.
 * Strings are scrubbed one by one, not the JSON text: a secret with a quote in it is spelled differently there.
 */
export function scrubEvent(event: AuditEvent, scrub: Scrub): AuditEvent {
  // Looked through first, copied only when needed: nearly all events hold no secret, and every turn appends four.
  if (!holdsSecret(event, scrub)) return event;
  const fields: [string, Json | undefined][] = Object.entries(event);
  const scrubbed = fields.map(([key, value]): [string, Json | undefined] => [
    key,
    isKept(key, value) ? value : scrubField(key, value, scrub),
  ]);
  return Object.fromEntries(scrubbed) as unknown as AuditEvent;
}

function holdsSecret(event: AuditEvent, scrub: Scrub): boolean {
  const fields = event as unknown as JsonObject;
  for (const key in fields) {
    const value = fields[key];
    if (!isKept(key, value) && differs(key === 'origin' ? withoutHash(value) : value, scrub)) return true;
  }
  return false;
}

/** `origin` is the one field with a hash inside it. */
function scrubField(key: string, value: Json | undefined, scrub: Scrub): Json | undefined {
  const scrubbed = scrubJson(key === 'origin' ? withoutHash(value) : value, scrub);
  if (key !== 'origin' || !isJsonObject(value) || !isJsonObject(scrubbed)) return scrubbed;
  return isHash(value['edited']) ? { ...scrubbed, edited: value['edited'] } : scrubbed;
}

function withoutHash(origin: Json | undefined): Json | undefined {
  return isJsonObject(origin) && isHash(origin['edited']) ? { ...origin, edited: undefined } : origin;
}

function isKept(key: string, value: Json | undefined): boolean {
  return key === 'type' || (hashFields.has(key) && holdsHashes(value));
}

function differs(value: Json | undefined, scrub: Scrub): boolean {
  if (typeof value === 'string') return scrub(value) !== value;
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some((item: Json) => differs(item, scrub));
  const members = value as JsonObject;
  for (const key in members) if (scrub(key) !== key || differs(members[key], scrub)) return true;
  return false;
}

function holdsHashes(value: Json | undefined): boolean {
  return isHash(value) || (Array.isArray(value) && value.every(isHash));
}

function scrubJson(value: Json | undefined, scrub: Scrub): Json | undefined {
  if (typeof value === 'string') return scrub(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => scrubJson(item, scrub) ?? null);
  const members: [string, Json | undefined][] = Object.entries(value);
  return Object.fromEntries(
    members.map(([key, member]) => [scrub(key), scrubJson(member, scrub)]),
  ) as JsonObject;
}
