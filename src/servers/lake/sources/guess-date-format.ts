/** strptime formats of dates that are not written as ISO, and whether day and month can be told apart. */
export interface DateGuess {
  readonly formats: readonly string[];
  readonly ambiguous: boolean;
}

const localDate = /^(?!\d{4}-)(\d{1,4})([./-])(\d{1,2})\2(\d{2,4})$/;

export function guessDateFormats(values: readonly string[]): DateGuess {
  const bySeparator = new Map<string, RegExpExecArray[]>();
  for (const value of values) {
    const match = localDate.exec(value);
    if (match) bySeparator.set(match[2] ?? '', [...(bySeparator.get(match[2] ?? '') ?? []), match]);
  }
  const guesses = [...bySeparator]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([separator, all]) => guess(separator, all));
  return {
    formats: [...new Set(guesses.map(({ format }) => format))],
    ambiguous: guesses.some(({ ambiguous }) => ambiguous),
  };
}

function guess(
  separator: string,
  matches: readonly RegExpExecArray[],
): { format: string; ambiguous: boolean } {
  const parts = matches.map(
    (match) => [Number(match[1]), Number(match[3]), match[4] ?? '', match[1] ?? ''] as const,
  );
  if (parts.every(([, , , first]) => first.length === 4)) {
    return { format: ['%Y', '%m', '%d'].join(separator), ambiguous: false };
  }
  const year = parts.every(([, , last]) => last.length === 2) ? '%y' : '%Y';
  const isMonthFirst = parts.some(([, second]) => second > 12) && parts.every(([first]) => first <= 12);
  const isDayFirst = parts.some(([first]) => first > 12);
  const order = isMonthFirst ? ['%m', '%d', year] : ['%d', '%m', year];
  // Dots are written where the day comes first; a slash says nothing.
  return { format: order.join(separator), ambiguous: !isMonthFirst && !isDayFirst && separator !== '.' };
}
