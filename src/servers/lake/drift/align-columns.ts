/** How well a column of the contract and a column of the file go together, by their places. */
type Score = (column: number, source: number) => number;

/** Below, two columns have nothing to do with each other. */
const leastScore = 0.3;

/**
 * The pairs that keep the order on both sides and have the highest scores together: in a file without header a column
 * that was put in or left out moves all that follow. Gives the source of each column, or undefined.
 */
export function alignColumns(
  columns: number,
  { sources, scoreOf }: { sources: number; scoreOf: Score },
): (number | undefined)[] {
  const score: Score = (column, source) => {
    const value = scoreOf(column, source);
    return value < leastScore ? 0 : value;
  };
  const best = bestFrom(columns, { sources, scoreOf: score });
  const at: Score = (column, source) => best[column]?.[source] ?? 0;
  const pairs = new Array<number | undefined>(columns).fill(undefined);
  let column = 0;
  let source = 0;
  while (column < columns && source < sources) {
    const paired = score(column, source);
    if (paired > 0 && at(column, source) === paired + at(column + 1, source + 1)) {
      pairs[column] = source;
      column += 1;
      source += 1;
    } else if (at(column, source) === at(column, source + 1)) source += 1;
    else column += 1;
  }
  return pairs;
}

/** The highest sum that the columns and sources from each place on can have. */
function bestFrom(
  columns: number,
  { sources, scoreOf }: { sources: number; scoreOf: Score },
): readonly (readonly number[])[] {
  const best = Array.from({ length: columns + 1 }, () => new Array<number>(sources + 1).fill(0));
  for (let column = columns - 1; column >= 0; column -= 1) {
    const row = best[column] ?? [];
    const below = best[column + 1] ?? [];
    for (let source = sources - 1; source >= 0; source -= 1) {
      const paired = scoreOf(column, source) + (below[source + 1] ?? 0);
      row[source] = Math.max(paired, below[source] ?? 0, row[source + 1] ?? 0);
    }
  }
  return best;
}
