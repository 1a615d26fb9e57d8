/**
 * Whether paths fit a pattern of `*` (anything in a name), `?` (one character of a name) and `**` (any folders).
 * All other characters stand for themselves: vendors' file names hold plus signs and round brackets. In the worst case the time is
 * the product of both lengths; a pattern is a model's text, and `*a*a*a*a*b` must not hold up the server.
 */
export function compilePattern(pattern: string): (path: string) => boolean {
  const tokens = tokensOf(pattern);
  // A pattern without a slash is one of file names, in whatever folder.
  const isOfNames = !pattern.includes('/');
  return (path) => fits(isOfNames ? path.slice(path.lastIndexOf('/') + 1) : path, tokens);
}

/** Why a pattern cannot be read, without the full stop; undefined for one that can. */
export function patternProblem(pattern: string): string | undefined {
  const strange = /[{}[\]\\]/.exec(pattern)?.[0];
  return strange === undefined
    ? undefined
    : `"${pattern}" holds "${strange}": a pattern is made of *, ? and ** and of characters that stand for themselves`;
}

/** `folders` is `**` with its slash: nothing, or whole folders, so that what comes next begins a name. */
type Wild = { readonly wild: 'name' | 'anything' | 'folders' | 'one' };
type Token = Wild | { readonly character: string };

function tokensOf(pattern: string): Token[] {
  const parts = pattern.match(/(?<=^|\/)(?:\*\*\/)+|\*{2,}|\*|\?|./gsu) ?? [];
  return parts.map((part) => {
    if (part.startsWith('**')) return { wild: part.endsWith('/') ? 'folders' : 'anything' };
    if (part === '*') return { wild: 'name' };
    return part === '?' ? { wild: 'one' } : { character: part };
  });
}

/** All places that the pattern can be at, for one character after the other: nothing is ever tried again. */
function fits(text: string, tokens: readonly Token[]): boolean {
  let places = new Uint8Array(tokens.length + 1);
  places[0] = 1;
  skipStars(places, { tokens, isNameStart: true });
  for (const character of text) {
    const next = new Uint8Array(tokens.length + 1);
    tokens.forEach((token, place) => {
      if (places[place] === 1 && takes(token, character)) next[isStar(token) ? place : place + 1] = 1;
    });
    skipStars(next, { tokens, isNameStart: character === '/' });
    places = next;
  }
  return places[tokens.length] === 1;
}

/** A star may stand for nothing; folders end where a name begins. */
function skipStars(
  places: Uint8Array,
  { tokens, isNameStart }: { readonly tokens: readonly Token[]; readonly isNameStart: boolean },
): void {
  tokens.forEach((token, place) => {
    if (places[place] === 1 && isStar(token) && (isNameStart || token.wild !== 'folders'))
      places[place + 1] = 1;
  });
}

function takes(token: Token, character: string): boolean {
  if ('character' in token) return token.character === character;
  return character !== '/' || token.wild === 'anything' || token.wild === 'folders';
}

function isStar(token: Token): token is Wild {
  return 'wild' in token && token.wild !== 'one';
}
