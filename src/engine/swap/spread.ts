export interface Spread {
  readonly min: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly max: number;
}

/** Figures of the same cases then and now. `pairs`: cases that have both; what is unknown takes no part. */
export interface Paired {
  readonly pairs: number;
  readonly unknown: number;
  readonly was: Spread | null;
  readonly now: Spread | null;
  /** Of the differences case by case, now less then: a median of differences, no difference of medians. */
  readonly delta: Spread | null;
}

export type Figures = readonly [was: number | null, now: number | null];

export function pairedSpread(figures: readonly Figures[]): Paired {
  const known = figures.flatMap(([was, now]) => (was === null || now === null ? [] : [{ was, now }]));
  return {
    pairs: known.length,
    unknown: figures.length - known.length,
    was: spreadOf(known.map(({ was }) => was)),
    now: spreadOf(known.map(({ now }) => now)),
    delta: spreadOf(known.map(({ was, now }) => now - was)),
  };
}

export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => quantile(sorted, share);
  return { min: at(0), q1: at(0.25), median: at(0.5), q3: at(0.75), max: at(1) };
}

/** Between two values by the distance to each. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
  return below + (above - below) * (place - Math.floor(place));
}
