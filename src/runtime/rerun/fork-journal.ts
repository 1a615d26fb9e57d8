import type { Hash } from '../../domain/hash.ts';
import type { LoadedWorkflow } from '../../domain/loaded-workflow.ts';
import type { Position } from '../../domain/position.ts';
import { findForkPoint, lastCallOf } from '../../engine/journal/fork-point.ts';
import { type Journal, layered } from '../../engine/journal/journal.ts';
import { keptBefore } from '../../engine/journal/kept-before.ts';
import type { Past } from '../../engine/journal/past.ts';
import { journalOfPast } from '../../engine/journal/past-journal.ts';
import { AiworkflowError, DefinitionError } from '../../errors/index.ts';
import { startedWith } from './open-past.ts';

export interface Cut {
  /** A step, an item, a call, or the number of a call. */
  readonly from: string;
  readonly workflow?: LoadedWorkflow;
  /** The blob that stands in the place of what the call `from` answered. */
  readonly edited?: Hash;
  readonly asked: (hash: Hash) => string | undefined;
  readonly open: (runId: string) => Past;
  /** What of the parent may be taken at all: a fork of a fork takes no more than both of them left. */
  readonly within?: (position: Position) => boolean;
}

/** The parent's log up to the fork point, and everything after it live. */
export function forkJournal(parent: Past, cut: Cut): Journal {
  const { from, workflow, edited, asked, within = () => true } = cut;
  const point = findForkPoint(parent, from);
  // A step whose result is edited is kept but for its last call: what that answered is what the step came to.
  const call = edited === undefined ? point.call : (point.call ?? lastCallOf(parent, point.step));
  const isBefore = keptBefore(parent, { step: point.step, ...(call !== undefined && { call }) }, workflow);
  const keeps = (position: Position): boolean => within(position) && isBefore(position);
  const isEdited = edited !== undefined && call !== undefined && within(call);
  const own = journalOfPast(parent, {
    own: false,
    closed: false,
    keeps,
    asked,
    ...(isEdited && { edited: { position: call, result: edited } }),
  });
  const below = inheritedJournal(parent, { ...cut, within: keeps });
  return below ? layered(own, below) : own;
}

/** What a fork may still take from its own parent: when it stopped early, not all that is before its place is in its log. */
export function inheritedJournal(
  fork: Past,
  { asked, open, within }: Pick<Cut, 'asked' | 'open' | 'within'>,
): Journal | undefined {
  const { parentRunId, origin } = fork.started ?? {};
  if (origin?.kind !== 'fork' || origin.from === undefined || parentRunId === undefined) return undefined;
  // It holds all that it took: its parent may be pruned, or in another log.
  if (fork.ended?.status === 'ok') return undefined;
  const { from, edited } = origin;
  const parent = openParent(fork, parentRunId, open);
  // The fork's own: what follows from what is for the definition to say that it was cut with.
  const workflow = startedWith(fork);
  return forkJournal(parent, {
    from,
    asked,
    open,
    ...(within && { within }),
    ...(workflow && { workflow }),
    ...(edited !== undefined && { edited }),
  });
}

/** Without it nobody knows what the fork would still take: asked anew, it would be paid and done a second time. */
function openParent(fork: Past, parentId: string, open: Cut['open']): Past {
  try {
    return open(parentId);
  } catch (cause) {
    if (!AiworkflowError.is(cause) || cause.code !== 'RUN_UNKNOWN') throw cause;
    throw new DefinitionError({
      code: 'RUN_UNKNOWN',
      message: `Run ${fork.runId} is a fork that stopped early, and its parent ${parentId}, from which it takes the rest, is not in the log.`,
      hint: `import the parent too (\`aiworkflow import\`), or run the workflow anew.`,
      cause,
    });
  }
}
