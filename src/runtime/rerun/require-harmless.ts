import type { Past } from '../../engine/journal/past.ts';
import { DefinitionError } from '../../errors/index.ts';
import { effectsOf } from './replay-safety.ts';

/**
 * Before the tools of a run are called for real again. `allowing` is what the caller types to have it all the same.
 * Throws USAGE when one of them changes something.
 */
export function requireHarmless(past: Past, allowing: string): void {
  const effects = effectsOf(past);
  if (effects.length === 0) return;
  throw new DefinitionError({
    code: 'USAGE',
    message: `Run ${past.runId} called tools that change something: ${effects.join(', ')}. Calling its tools for real does that a second time.`,
    hint: `${allowing} does it (look first which database and files the servers work on); a replay without live tools touches nothing.`,
  });
}
