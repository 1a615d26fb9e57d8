import { messageOf } from '../errors/index.ts';
import { wrongUsage } from './wrong-usage.ts';

/** A text as it is, or `/regular expression/` with the flags i, m, s, u. */
export function parseMatch(text: string): (candidate: string) => boolean {
  if (text === '') throw wrongUsage('--match is empty: it would match every text.', 'name what is to go.');
  const [, pattern, flags = ''] = /^\/(.+)\/([imsu]*)$/s.exec(text) ?? [];
  if (pattern === undefined) return (candidate) => candidate.includes(text);
  const expression = compiled(pattern, flags);
  if (expression.test(''))
    throw wrongUsage(`--match ${text} matches the empty text, and so every text.`, 'name what is to go.');
  return (candidate) => expression.test(candidate);
}

function compiled(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
  } catch (cause) {
    throw wrongUsage(
      `--match is no regular expression: ${messageOf(cause)}.`,
      'without slashes around it, it is looked for as it is.',
    );
  }
}
