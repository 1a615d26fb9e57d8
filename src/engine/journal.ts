import type { AuditEvent, CallBegun, CallEnded } from '../domain/events.ts';
import type { Hash } from '../domain/hash.ts';
import type { Position } from '../domain/position.ts';
import { AiworkflowError } from '../errors/index.ts';

/**
 * The past that a run may draw on instead of the world. A fresh run has an empty one; a resume its own; a fork
 * its parent's up to one call; a frozen replay all of its parent's, and it is closed.
 */
export interface Journal {
  /**
   * The recorded end of the call at this position, if it asked for the same thing.
   * Throws REPLAY_DIVERGED when another request is recorded there.
   */
  find(position: Position, fingerprint: Hash): RecordedCall | undefined;
  /** True: what is not recorded may not happen. */
  readonly closed: boolean;
}

export interface RecordedCall {
  readonly ended: CallEnded;
  /** The text under a hash that the event names. */
  load(hash: Hash): string;
}

export const emptyJournal: Journal = { find: () => undefined, closed: false };

/** The calls of a recorded run. A call that was begun and not ended is no past: it is in doubt. */
export function journalOf(
  events: Iterable<AuditEvent>,
  past: { readonly load: (hash: Hash) => string; readonly closed: boolean },
): Journal {
  const begun = new Map<Position, CallBegun>();
  const ended = new Map<Position, CallEnded>();
  for (const event of events) {
    if (event.type === 'call-begun') begun.set(event.position, event);
    if (event.type === 'call-ended') ended.set(event.position, event);
  }
  return {
    closed: past.closed,
    find(position, fingerprint) {
      const end = ended.get(position);
      if (!end) return undefined;
      const recorded = begun.get(position)?.fingerprint;
      if (recorded !== fingerprint) throw diverged(position, { recorded, asked: fingerprint });
      return { ended: end, load: past.load };
    },
  };
}

function diverged(
  position: Position,
  fingerprints: { readonly recorded: Hash | undefined; readonly asked: Hash },
): AiworkflowError {
  return new AiworkflowError({
    code: 'REPLAY_DIVERGED',
    message: `At ${position} the run asks for something else than was recorded there.`,
    hint: 'A prompt, a template value, a schema or a tool definition has changed since the recording.',
    details: { position, ...fingerprints },
  });
}
