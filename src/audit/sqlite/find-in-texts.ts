import type { AuditEvent } from '../../domain/events.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { isHash } from './chain-hash.ts';

/** True for a text that is looked for. */
export type Match = (text: string) => boolean;

/** Answers hold JSON in JSON: the arguments of a call are a text, and may hold one again. */
const deepest = 8;

/**
 * True when what is looked for stands in the text as it is, or in a string of the JSON that the text is, whatever way
 * it is spelled there (`\u00fc`, `\n`).
 */
export function matchesText(text: string, match: Match, depth = 0): boolean {
  if (match(text)) return true;
  const json = depth < deepest ? parsedContainer(text) : undefined;
  return json !== undefined && anyString(json, (inner) => matchesText(inner, match, depth + 1));
}

/** Where in an event it stands: `params.customer`, `error.message`. What names texts is no place. */
export function placesInEvent(event: AuditEvent, match: Match): string[] {
  const { type: _type, at: _at, ...fields } = event;
  return placesIn(fields as unknown as Json, { path: '', match });
}

function placesIn(value: Json, { path, match }: { readonly path: string; readonly match: Match }): string[] {
  if (typeof value === 'string') return !isHash(value) && matchesText(value, match) ? [path] : [];
  if (typeof value !== 'object' || value === null) return match(String(value)) ? [path] : [];
  if (Array.isArray(value))
    return value.flatMap((item: Json, index) => placesIn(item, { path: `${path}[${index}]`, match }));
  return Object.entries(value as JsonObject).flatMap(([key, member = null]) => {
    const inner = path === '' ? key : `${path}.${key}`;
    // The names of an event's own fields say nothing about anybody.
    const asKey = path !== '' && match(key) ? [`${inner} (its name)`] : [];
    return [...asKey, ...placesIn(member, { path: inner, match })];
  });
}

function anyString(json: Json, test: Match): boolean {
  if (typeof json === 'string') return test(json);
  if (typeof json !== 'object' || json === null) return json !== null && test(String(json));
  if (Array.isArray(json)) return json.some((item: Json) => anyString(item, test));
  return Object.entries(json).some(
    ([key, member]) => test(key) || (member !== undefined && anyString(member as Json, test)),
  );
}

function parsedContainer(text: string): Json | undefined {
  if (!/^\s*[[{"]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined; // looked through as it stands already
  }
}
