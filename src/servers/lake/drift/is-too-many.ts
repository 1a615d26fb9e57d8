/**
 * Whether so many records are drift and not dirt: more than their share of the file, but never a single one; or the
 * whole column, when it has at least three values. `filled`: the records that could have the fault.
 */
export function isTooMany(
  bad: number,
  { rows, filled, share }: { rows: number; filled: number; share: number },
): boolean {
  return bad > Math.max(1, share * rows) || (bad >= 3 && bad === filled);
}
