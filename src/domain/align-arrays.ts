import { alignTexts, type Pair } from './align-texts.ts';
import { canonicalJson } from './canonical-json.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';

/**
 * Which elements of two lists belong together: equal ones first; of what lies between them, objects with the same
 * value in a property that tells them apart (`id`, `name`, `file`), else one by one from the beginning.
 */
export function alignArrays(was: readonly Json[], now: readonly Json[]): Pair[] {
  const pairs: Pair[] = [];
  let gap: Gap = { was: [], now: [] };
  const close = (): void => {
    for (const pair of pairUnequal(gap, { was, now })) pairs.push(pair);
    gap = { was: [], now: [] };
  };
  for (const pair of alignTexts(was.map(canonicalJson), now.map(canonicalJson))) {
    if (pair.was !== undefined && pair.now !== undefined) {
      close();
      pairs.push(pair);
    } else if (pair.was !== undefined) gap.was.push(pair.was);
    else if (pair.now !== undefined) gap.now.push(pair.now);
  }
  close();
  return pairs;
}

/** Places of elements that have no equal counterpart. */
interface Gap {
  readonly was: number[];
  readonly now: number[];
}

interface Lists {
  readonly was: readonly Json[];
  readonly now: readonly Json[];
}

function pairUnequal(gap: Gap, lists: Lists): Pair[] {
  const was = gap.was.map((place) => lists.was[place] ?? null);
  const now = gap.now.map((place) => lists.now[place] ?? null);
  const key = was.length > 1 || now.length > 1 ? sharedKey(was, now) : undefined;
  const pairs = key === undefined ? oneByOne(was, now) : alignTexts(namesBy(key, was), namesBy(key, now));
  return pairs.map((pair) => ({
    ...(pair.was !== undefined && { was: gap.was[pair.was] ?? 0 }),
    ...(pair.now !== undefined && { now: gap.now[pair.now] ?? 0 }),
  }));
}

function oneByOne(was: readonly Json[], now: readonly Json[]): Pair[] {
  return Array.from({ length: Math.max(was.length, now.length) }, (_, index) => ({
    ...(index < was.length && { was: index }),
    ...(index < now.length && { now: index }),
  }));
}

const namesBy = (key: string, elements: readonly Json[]): string[] =>
  elements.map((element) => (isJsonObject(element) ? canonicalJson(element[key] ?? null) : ''));

/** The property that names the elements on both sides, no name twice on one side, with the most names in common. */
function sharedKey(was: readonly Json[], now: readonly Json[]): string | undefined {
  const all = [...was, ...now];
  const first = all[0];
  if (!isJsonObject(first) || !all.every(isJsonObject)) return undefined;
  let best: { readonly key: string; readonly common: number } | undefined;
  for (const key of Object.keys(first)) {
    if (!all.every((element) => isName(element, key))) continue;
    const common = namesInCommon(namesBy(key, was), namesBy(key, now));
    if (common > (best?.common ?? 0)) best = { key, common };
  }
  return best?.key;
}

function isName(element: JsonObject, key: string): boolean {
  const value = Object.hasOwn(element, key) ? element[key] : undefined;
  return typeof value === 'string' || typeof value === 'number';
}

/** 0 when a name is there twice on one side: it names nothing then. */
function namesInCommon(was: readonly string[], now: readonly string[]): number {
  const [before, after] = [new Set(was), new Set(now)];
  if (before.size < was.length || after.size < now.length) return 0;
  return [...before].filter((name) => after.has(name)).length;
}
