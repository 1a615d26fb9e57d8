import type { Hash } from '../../domain/hash.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import { findForkPoint, lastCallOf } from '../../engine/fork-point.ts';
import type { Journal } from '../../engine/journal.ts';
import { keptBefore } from '../../engine/kept-before.ts';
import type { Past } from '../../engine/past.ts';
import { journalOfPast } from '../../engine/past-journal.ts';

export interface Cut {
  /** A step, an item, a call, or the number of a call. */
  readonly from: string;
  readonly workflow?: LoadedWorkflow;
  /** The blob that stands in the place of what the call `from` answered. */
  readonly edited?: Hash;
  readonly asked: (hash: Hash) => string | undefined;
}

/** The parent's log up to the fork point, and everything after it live. */
export function forkJournal(parent: Past, { from, workflow, edited, asked }: Cut): Journal {
  const point = findForkPoint(parent, from);
  // A step whose result is edited is kept but for its last call: what that answered is what the step came to.
  const call = edited === undefined ? point.call : (point.call ?? lastCallOf(parent, point.step));
  const keeps = keptBefore(parent, { step: point.step, ...(call !== undefined && { call }) }, workflow);
  return journalOfPast(parent, {
    own: false,
    closed: false,
    keeps,
    asked,
    ...(edited !== undefined && call !== undefined && { edited: { position: call, result: edited } }),
  });
}
