/** Names for columns: blanks and repetitions get a number, so that each can be asked for. */
export function uniqueNames(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.map((name, index) => {
    const base = name === '' ? `column${index + 1}` : name;
    let unique = base;
    for (let count = 2; seen.has(unique); count += 1) unique = `${base}_${count}`;
    seen.add(unique);
    return unique;
  });
}
