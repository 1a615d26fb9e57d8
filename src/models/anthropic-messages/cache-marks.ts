import type { ModelRequest } from '../../domain/model.ts';

export interface WireTurn {
  readonly role: 'user' | 'assistant';
  /** Content blocks as JSON text. */
  readonly blocks: readonly string[];
}

/** Kept at the provider for five minutes from its last use. */
export const cacheMarker = { type: 'ephemeral' } as const;

/**
 * Marks the end of the conversation, and the user turn before it, so that each turn of a loop reads from the cache
 * what the turn before wrote. The older mark is needed because the provider looks back 20 blocks only, and one
 * turn with many parallel calls can be longer. A step without tools has one turn as a rule: writing to the
 * cache would cost a quarter more and save nothing.
 */
export function markForCache(turns: readonly WireTurn[], request: ModelRequest): readonly WireTurn[] {
  if (request.tools.length === 0) return turns;
  const users = turns.flatMap((turn, index) => (turn.role === 'user' ? [index] : []));
  const marked = new Set(users.slice(-2));
  return turns.map((turn, index) => (marked.has(index) ? withMark(turn) : turn));
}

function withMark(turn: WireTurn): WireTurn {
  const last = turn.blocks.at(-1) ?? '{}';
  const mark = `,"cache_control":${JSON.stringify(cacheMarker)}}`;
  return { role: turn.role, blocks: [...turn.blocks.slice(0, -1), last.slice(0, -1) + mark] };
}
