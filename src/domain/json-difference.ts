import { alignArrays } from './align-arrays.ts';
import { canonicalJson } from './canonical-json.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/** One value that is not the same in two JSON values. */
export interface JsonDifference {
  /** JSON pointer (RFC 6901): of a removed value where it was, of the others where they are now. */
  readonly pointer: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly was?: Json;
  readonly now?: Json;
}

/**
 * What has to be done to the first value to get the second, in the order of the second. The elements of a list are
 * matched before they are compared: one that was inserted is one addition, and not a change of all that follow it.
 */
export function jsonDifferences(was: Json, now: Json): JsonDifference[] {
  const found: JsonDifference[] = [];
  compare('', { was, now }, found);
  return found;
}

export interface Agreement {
  /** Leaves that are the same on both sides. */
  readonly equal: number;
  /** Leaves on one side or both: numbers, texts, true, false, null, and empty lists and objects. */
  readonly leaves: number;
  /** `equal / leaves`; 1 for two values that are the same. */
  readonly share: number;
}

/** How much of two values is the same, leaf by leaf. */
export function agreement(was: Json, now: Json): Agreement {
  let equal = countLeaves(now);
  let different = 0;
  for (const { was: before, now: after } of jsonDifferences(was, now)) {
    const [gone, come] = [leavesOf(before), leavesOf(after)];
    equal -= come;
    different += Math.max(gone, come);
  }
  const leaves = equal + different;
  return { equal, leaves, share: leaves === 0 ? 1 : equal / leaves };
}

interface Values {
  readonly was: Json;
  readonly now: Json;
}

function compare(pointer: string, { was, now }: Values, found: JsonDifference[]): void {
  if (was === now) return;
  if (Array.isArray(was) && Array.isArray(now)) compareArrays(pointer, { was, now }, found);
  else if (isJsonObject(was) && isJsonObject(now)) compareObjects(pointer, { was, now }, found);
  else if (canonicalJson(was) !== canonicalJson(now)) found.push({ pointer, kind: 'changed', was, now });
}

function compareObjects(
  pointer: string,
  { was, now }: { readonly was: JsonObject; readonly now: JsonObject },
  found: JsonDifference[],
): void {
  for (const key of new Set([...Object.keys(was), ...Object.keys(now)])) {
    const at = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    compareParts(at, { was: own(was, key), now: own(now, key) }, found);
  }
}

interface Parts {
  readonly was: Json | undefined;
  readonly now: Json | undefined;
}

function compareParts(pointer: string, { was, now }: Parts, found: JsonDifference[]): void {
  if (was !== undefined && now !== undefined) compare(pointer, { was, now }, found);
  else if (now !== undefined) found.push({ pointer, kind: 'added', now });
  else if (was !== undefined) found.push({ pointer, kind: 'removed', was });
}

/** A name that a model chose may be `__proto__`. */
const own = (object: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;

function compareArrays(
  pointer: string,
  { was, now }: { readonly was: readonly Json[]; readonly now: readonly Json[] },
  found: JsonDifference[],
): void {
  for (const pair of alignArrays(was, now)) {
    const parts = { was: was[pair.was ?? -1], now: now[pair.now ?? -1] };
    compareParts(`${pointer}/${pair.now ?? pair.was}`, parts, found);
  }
}

const leavesOf = (value: Json | undefined): number => (value === undefined ? 0 : countLeaves(value));

function countLeaves(value: Json): number {
  if (typeof value !== 'object' || value === null) return 1;
  const parts = Array.isArray(value) ? value : Object.values(value);
  if (parts.length === 0) return 1;
  return parts.reduce<number>((sum, part) => sum + leavesOf(part), 0);
}
