/** How sure the bound is, one-sided. */
export const confidence = 0.95;

/**
 * The share of all cases that pass at the least, when `passed` of `of` did: the lower bound of Clopper and Pearson, which
 * is never too high. 5 of 5 prove no more than 55%, 10 of 10 no more than 74%.
 */
export function passBound(passed: number, of: number): number {
  if (passed === 0) return 0;
  // The share at which so many passes, or more, would still come by luck once in twenty times.
  let [low, high] = [0, 1];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (atLeast(passed, { of, share: middle }) < 1 - confidence) low = middle;
    else high = middle;
  }
  return low;
}

/** The fewest cases that prove the share when none of them fails. */
export function casesNeeded(share: number): number {
  if (share <= 0) return 1;
  return share >= 1 ? Number.POSITIVE_INFINITY : Math.ceil(Math.log(1 - confidence) / Math.log(share));
}

/** The chance of `passed` or more passes. In logarithms: 0.01 to the power of 200 is no number any more. */
function atLeast(passed: number, { of, share }: { readonly of: number; readonly share: number }): number {
  let [chance, ways] = [0, 0];
  for (let count = 0; count <= of; count++) {
    if (count > 0) ways += Math.log(of - count + 1) - Math.log(count);
    if (count >= passed)
      chance += Math.exp(ways + count * Math.log(share) + (of - count) * Math.log1p(-share));
  }
  return chance;
}
