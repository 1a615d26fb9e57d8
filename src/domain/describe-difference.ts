import type { RequestDifference } from './request-difference.ts';

const leadCharacters = 30;
const shownCharacters = 90;

/** A difference in one line, for an error's message: both texts from a little before they part. */
export function describeDifference({ part, how, what, was, now }: RequestDifference): string {
  if (how === 'unreadable') return what;
  if (was !== undefined && now !== undefined) {
    const begin = Math.max(0, firstDifference(was, now) - leadCharacters);
    return `${what}: recorded ${excerpt(was, begin)} asked ${excerpt(now, begin)}`;
  }
  // `tool lake.query is new` says it all; a value is worth showing.
  if (part === 'tool' || part === 'message') return what;
  const shown = (text: string | undefined) => (text === undefined ? 'none' : excerpt(text, 0));
  return `${what}: recorded ${shown(was)} asked ${shown(now)}`;
}

function firstDifference(was: string, now: string): number {
  let first = 0;
  while (first < was.length && was[first] === now[first]) first++;
  return first;
}

/** Line feeds as `⏎`: the description is one line of a list. */
function excerpt(text: string, begin: number): string {
  const rest = text.slice(begin, begin + shownCharacters);
  const cut = `${begin > 0 ? '…' : ''}${rest}${begin + shownCharacters < text.length ? '…' : ''}`;
  return cut.replaceAll(/\r?\n/g, '⏎');
}
