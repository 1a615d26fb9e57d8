/** Two places that belong together, or one that has no counterpart. */
export interface Pair {
  readonly was?: number;
  readonly now?: number;
}

/**
 * Matches equal texts of two lists, in order, so that as many as possible belong together. Texts without a counterpart
 * come between the matches, those of the first list before those of the second.
 *
 * The longest common subsequence where the lists are short; in long ones only texts that occur once on each side
 * are matched, and the stretches between them again: 10,000 elements take no table of 100 million.
 */
export function alignTexts(was: readonly string[], now: readonly string[]): Pair[] {
  const pairs: Pair[] = [];
  let before = 0;
  let after = 0;
  const matches = matchesIn({ was, now, from: [0, 0], to: [was.length, now.length] });
  for (const [nextWas, nextNow] of [...matches, [was.length, now.length] as const]) {
    while (before < nextWas) pairs.push({ was: before++ });
    while (after < nextNow) pairs.push({ now: after++ });
    if (before < was.length && after < now.length) pairs.push({ was: before++, now: after++ });
  }
  return pairs;
}

type Match = readonly [was: number, now: number];

interface Stretch {
  readonly was: readonly string[];
  readonly now: readonly string[];
  readonly from: Match;
  /** The end, which is not part of it. */
  readonly to: Match;
}

const largestTable = 1_000_000;

function matchesIn(stretch: Stretch): Match[] {
  const { was, now } = stretch;
  let [a, b] = stretch.from;
  let [endA, endB] = stretch.to;
  const head: Match[] = [];
  const tail: Match[] = [];
  while (a < endA && b < endB && was[a] === now[b]) head.push([a++, b++]);
  while (endA > a && endB > b && was[endA - 1] === now[endB - 1]) tail.push([--endA, --endB]);
  if (a === endA || b === endB) return [...head, ...tail.reverse()];
  const middle: Stretch = { was, now, from: [a, b], to: [endA, endB] };
  const small = (endA - a) * (endB - b) <= largestTable;
  return [...head, ...(small ? commonSubsequence(middle) : betweenAnchors(middle)), ...tail.reverse()];
}

/** By the usual table of lengths: in each cell the longest from there to the end. */
function commonSubsequence(stretch: Stretch): Match[] {
  const { from, to } = stretch;
  const table = lengthsToEnd(stretch);
  const matches: Match[] = [];
  let [a, b] = from;
  while (a < to[0] && b < to[1]) {
    if (stretch.was[a] === stretch.now[b]) matches.push([a++, b++]);
    else if (table(a + 1, b) >= table(a, b + 1)) a++;
    else b++;
  }
  return matches;
}

function lengthsToEnd({ was, now, from, to }: Stretch): (a: number, b: number) => number {
  const width = to[1] - from[1] + 1;
  const cells = new Uint32Array((to[0] - from[0] + 1) * width);
  const cell = (a: number, b: number): number => (a - from[0]) * width + (b - from[1]);
  const length = (a: number, b: number): number => cells[cell(a, b)] ?? 0;
  for (let a = to[0] - 1; a >= from[0]; a--)
    for (let b = to[1] - 1; b >= from[1]; b--)
      cells[cell(a, b)] =
        was[a] === now[b] ? length(a + 1, b + 1) + 1 : Math.max(length(a + 1, b), length(a, b + 1));
  return length;
}

function betweenAnchors(stretch: Stretch): Match[] {
  const anchors = increasing(uniqueInBoth(stretch));
  if (anchors.length === 0) return atTheSamePlace(stretch);
  const matches: Match[] = [];
  let from = stretch.from;
  for (const anchor of [...anchors, stretch.to]) {
    for (const match of matchesIn({ ...stretch, from, to: anchor })) matches.push(match);
    if (anchor === stretch.to) break;
    matches.push(anchor);
    from = [anchor[0] + 1, anchor[1] + 1];
  }
  return matches;
}

/** Long stretches of the same few texts over and over: what stands opposite counts, and nothing is searched. */
function atTheSamePlace({ was, now, from, to }: Stretch): Match[] {
  const length = Math.min(to[0] - from[0], to[1] - from[1]);
  const places = Array.from({ length }, (_, index) => [from[0] + index, from[1] + index] as const);
  return places.filter(([a, b]) => was[a] === now[b]);
}

function uniqueInBoth({ was, now, from, to }: Stretch): Match[] {
  const ofNow = onlyPlaces(now, from[1], to[1]);
  const found: Match[] = [];
  for (const [text, place] of onlyPlaces(was, from[0], to[0])) {
    const other = ofNow.get(text);
    if (place !== undefined && other !== undefined) found.push([place, other]);
  }
  return found.sort((a, b) => a[0] - b[0]);
}

/** Where each text is; undefined for one that is there twice. */
function onlyPlaces(texts: readonly string[], from: number, to: number): Map<string, number | undefined> {
  const places = new Map<string, number | undefined>();
  for (let index = from; index < to; index++) {
    const text = texts[index] ?? '';
    places.set(text, places.has(text) ? undefined : index);
  }
  return places;
}

/** The longest part of the matches in which the second places grow too (patience sorting). */
function increasing(matches: readonly Match[]): Match[] {
  const piles: number[] = [];
  const previous: (number | undefined)[] = [];
  const placeAt = (index: number | undefined): number => matches[index ?? -1]?.[1] ?? -1;
  for (const [index, [, place]] of matches.entries()) {
    const pile = firstPile(piles, (top) => placeAt(top) >= place);
    previous[index] = piles[pile - 1];
    piles[pile] = index;
  }
  const found: Match[] = [];
  for (let index = piles.at(-1); index !== undefined; index = previous[index]) {
    const match = matches[index];
    if (match) found.push(match);
  }
  return found.reverse();
}

function firstPile(piles: readonly number[], isAbove: (top: number | undefined) => boolean): number {
  let [low, high] = [0, piles.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isAbove(piles[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}
