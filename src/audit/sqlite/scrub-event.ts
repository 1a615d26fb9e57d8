import type { AuditEvent } from '../../domain/events.ts';
import type { Json } from '../../domain/json.ts';
import type { Scrub } from '../../ports/environment.ts';
import { isHash } from './chain-hash.ts';

/** Fields that name blobs: blanking a part of a hash would cut the event off from its text. */
const hashFields = new Set(['definition', 'item', 'fingerprint', 'request', 'result', 'shown', 'added']);

/**
 * The event with every string in it scrubbed, keys included; the event itself when nothing had to be.
 * Strings are scrubbed one by one, not the JSON text: a secret with a quote in it is spelled differently there.
 */
export function scrubEvent(event: AuditEvent, scrub: Scrub): AuditEvent {
  const fields: [string, Json | undefined][] = Object.entries(event);
  const scrubbed = fields.map(([key, value]): [string, Json | undefined] => [
    key,
    key === 'type' || (hashFields.has(key) && holdsHashes(value)) ? value : scrubJson(value, scrub),
  ]);
  const same = scrubbed.every(([, value], index) => value === fields[index]?.[1]);
  return same ? event : (Object.fromEntries(scrubbed) as unknown as AuditEvent);
}

function holdsHashes(value: Json | undefined): boolean {
  return isHash(value) || (Array.isArray(value) && value.every(isHash));
}

function scrubJson<Value extends Json | undefined>(value: Value, scrub: Scrub): Json | Value {
  if (typeof value === 'string') return scrub(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: Json) => scrubJson(item, scrub));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const members: [string, Json | undefined][] = Object.entries(value);
  const scrubbed = members.map(([key, member]): [string, Json | undefined] => [
    scrub(key),
    scrubJson(member, scrub),
  ]);
  const same = scrubbed.every(([key, member], index) => {
    const before = members[index];
    return before !== undefined && key === before[0] && member === before[1];
  });
  return same ? value : Object.fromEntries(scrubbed);
}
