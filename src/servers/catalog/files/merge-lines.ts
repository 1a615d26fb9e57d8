import { diffArrays } from 'diff';

type Lines = readonly string[];
/** Lines `start` up to `end` of the base are these lines now. */
interface Hunk {
  readonly start: number;
  readonly end: number;
  readonly lines: Lines;
}

/**
 * What two sides made of the same lines, together. Where both changed a place, it is theirs: ours are people's ways of writing, and
 * theirs is what the document is to say.
 */
export function mergeLines({ base, ours, theirs }: { base: Lines; ours: Lines; theirs: Lines }): string[] {
  const wanted = hunksOf(base, theirs);
  const kept = hunksOf(base, ours).filter((hunk) => !wanted.some((other) => overlap(hunk, other)));
  const hunks = [...wanted, ...kept].sort((a, b) => a.start - b.start);
  const merged: string[] = [];
  let place = 0;
  for (const { start, end, lines } of hunks) {
    merged.push(...base.slice(place, start), ...lines);
    place = end;
  }
  return [...merged, ...base.slice(place)];
}

const overlap = (a: Hunk, b: Hunk): boolean =>
  (a.start < b.end && b.start < a.end) || (a.start === b.start && a.end === b.end);

function hunksOf(base: Lines, other: Lines): Hunk[] {
  const hunks: Hunk[] = [];
  let place = 0;
  for (const { added, removed, value } of diffArrays([...base], [...other])) {
    const end = place + (added ? 0 : value.length);
    if (added || removed) extend(hunks, { start: place, end, lines: added ? value : [] });
    place = end;
  }
  return hunks;
}

/** What is taken away and what comes in its place are one hunk. */
function extend(hunks: Hunk[], { start, end, lines }: Hunk): void {
  const last = hunks.at(-1);
  if (last?.end !== start) hunks.push({ start, end, lines });
  else hunks.splice(-1, 1, { start: last.start, end, lines: [...last.lines, ...lines] });
}
