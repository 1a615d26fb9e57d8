/** One row of the table in docs/lake-guards.md, and one test. */
export interface Attack {
  readonly id: string;
  /** What is tried, as it is sent. */
  readonly tried: string;
  readonly stoppedBy: string;
  /** A part of what the caller sees. */
  readonly sees: string;
}

/** Rows of one group: `['sql', 'what stops them', [[tried, sees], …]]` get the ids `sql-1`, `sql-2`, … */
export function attacks(
  group: string,
  stoppedBy: string,
  rows: readonly (readonly [tried: string, sees: string])[],
): Attack[] {
  return rows.map(([tried, sees], index) => ({ id: `${group}-${index + 1}`, tried, stoppedBy, sees }));
}
