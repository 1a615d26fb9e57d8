/** Where a column stands among those whose names did not change. */
export interface Place {
  /** The nearest such column before it and after it; `undefined` at the ends. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Place within the gap between the two. */
  readonly rank: number;
}

/** `anchors`: what is called by the same name on both sides. */
export function placesOf(names: readonly string[], anchors: ReadonlySet<string>): Map<string, Place> {
  const places = new Map<string, Place>();
  let before: string | undefined;
  let rank = 0;
  names.forEach((name, index) => {
    if (anchors.has(name)) {
      before = name;
      rank = 0;
      return;
    }
    const after = names.slice(index + 1).find((later) => anchors.has(later));
    places.set(name, { before, after, rank });
    rank += 1;
  });
  return places;
}

/** 1 between the same neighbours at the same rank, 0 where nothing is the same. */
export function placeLikeness(a: Place | undefined, b: Place | undefined): number {
  if (a === undefined || b === undefined) return 0;
  const neighbours = (a.before === b.before ? 0.5 : 0) + (a.after === b.after ? 0.5 : 0);
  return neighbours === 1 && a.rank !== b.rank ? 0.6 : neighbours * (neighbours === 1 ? 1 : 0.8);
}
