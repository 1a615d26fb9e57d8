import { feedOf } from '../feed.ts';
import type { Contract } from '../lake/contract-shape.ts';
import type { Change } from './change.ts';
import { isSame } from './words-only.ts';

/** How files become rows may change without a reader noticing; whose rows they are may not. */
export function compareFeeds(was: Contract, now: Contract): Change[] {
  const [before, after] = [feedOf(was), feedOf(now)];
  if (!before || !after) {
    if (before === after) return [];
    return before
      ? [{ kind: 'breaking', path: 'feed', words: 'no file fills the table any more' }]
      : [{ kind: 'compatible', path: 'feed', words: 'files fill the table now' }];
  }
  const names = ['vendor_name', 'pattern', 'options', 'partitioned_by', 'table', 'ignored'] as const;
  return names
    .filter((name) => !isSame(before[name], after[name]))
    .map((name) => ({
      kind: name === 'vendor_name' ? 'breaking' : 'compatible',
      path: `feed.${name}`,
      words: `it was ${shown(before[name])} and is ${shown(after[name])}`,
    }));
}

const shown = (value: unknown): string => (value === undefined ? 'not said' : (JSON.stringify(value) ?? ''));
