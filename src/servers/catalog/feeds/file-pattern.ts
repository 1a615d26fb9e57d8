/**
 * Whether a path fits a pattern of `*` (anything in a name), `?` (one character of a name) and `**` (any folders).
 * All other characters stand for themselves: vendors' file names hold brackets and plus signs. In the worst case the time is
 * the product of both lengths; a pattern is a model's text, and `*a*a*a*a*b` must not hold up the server.
 */
export function fitsPattern(path: string, pattern: string): boolean {
  // A pattern without a slash is one of file names, in whatever folder.
  const text = pattern.includes('/') ? path : path.slice(path.lastIndexOf('/') + 1);
  const tokens = tokensOf(pattern);
  let reached = withSkips([0], tokens);
  for (const character of text) reached = stepped(reached, { tokens, character });
  return reached.has(tokens.length);
}

/** Why a pattern cannot be read; undefined for one that can. */
export function patternProblem(pattern: string): string | undefined {
  const strange = /[{}[\]\\]/.exec(pattern)?.[0];
  return strange === undefined
    ? undefined
    : `"${pattern}" holds "${strange}": a pattern is made of *, ? and ** and of characters that stand for themselves.`;
}

type Token = { readonly wild: 'name' | 'folders' | 'one' } | { readonly character: string };

function tokensOf(pattern: string): Token[] {
  const parts = pattern.match(/\*\*\/|\*\*|\*|\?|./gsu) ?? [];
  return parts.map((part) => {
    if (part.startsWith('**')) return { wild: 'folders' };
    if (part === '*') return { wild: 'name' };
    return part === '?' ? { wild: 'one' } : { character: part };
  });
}

/** The places in the pattern that may come next: a star may also stand for nothing. */
function withSkips(places: Iterable<number>, tokens: readonly Token[]): Set<number> {
  const reached = new Set<number>();
  for (let place of places) {
    reached.add(place);
    for (let token = tokens[place]; isStar(token); token = tokens[place]) reached.add(++place);
  }
  return reached;
}

const isStar = (token: Token | undefined): boolean =>
  token !== undefined && 'wild' in token && token.wild !== 'one';

function stepped(
  reached: ReadonlySet<number>,
  { tokens, character }: { readonly tokens: readonly Token[]; readonly character: string },
): Set<number> {
  const next = [...reached].flatMap((place) => afterOne(place, { token: tokens[place], character }));
  return withSkips(next, tokens);
}

/** Where the pattern goes on after one more character; nowhere when the character does not fit. */
function afterOne(
  place: number,
  { token, character }: { readonly token: Token | undefined; readonly character: string },
): number[] {
  if (!token) return [];
  if ('character' in token) return token.character === character ? [place + 1] : [];
  if (token.wild === 'folders') return [place];
  if (character === '/') return [];
  return [token.wild === 'one' ? place + 1 : place];
}
