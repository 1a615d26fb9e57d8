import type { CallBegun } from './events.ts';
import type { Hash } from './hash.ts';
import { turnOfPosition } from './position.ts';

type Sent = Pick<CallBegun, 'position' | 'added'>;

/**
 * The messages of a step's conversation, oldest first, as its model calls have sent them. An attempt that names
 * messages was asked with those in the place of what an earlier attempt of its turn had: the prompt was mended since.
 */
export function conversationOf(calls: Iterable<Sent>): readonly Hash[] {
  const turns = new Map<number, readonly Hash[]>();
  for (const { position, added = [] } of calls)
    if (added.length > 0) turns.set(turnOfPosition(position), added);
  return [...turns.values()].flat();
}

/** What the last of these calls sent for the first time, when only one of the attempts of its turn names it. */
export function addedBy(attempts: readonly Pick<CallBegun, 'added'>[]): readonly Hash[] {
  return attempts.findLast(({ added = [] }) => added.length > 0)?.added ?? [];
}
