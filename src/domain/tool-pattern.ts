/**
 * Names and globs of a step's `tools`: `files.read_text_file`, `lake.*`, `*`. The only special character is `*`, for
 * any number of any characters.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return pattern === name;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length)
    return false;
  let at = first.length;
  const end = name.length - last.length;
  // Each piece at its first place: what is left for the pieces behind it is then the longest. No backtracking.
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** Whether some name that begins with `prefix` could match: which servers must be started to know. */
export function mayMatchUnder(pattern: string, prefix: string): boolean {
  const star = pattern.indexOf('*');
  if (star === -1) return pattern.startsWith(prefix);
  const fixed = pattern.slice(0, star);
  return fixed.startsWith(prefix) || prefix.startsWith(fixed);
}
