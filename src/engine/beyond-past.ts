import type { StepPath } from '../domain/position.ts';
import { AiworkflowError } from '../errors/index.ts';
import type { RunContext } from './run-context.ts';

/**
 * True for a step that a frozen replay must not begin, because the recorded run had failed or broken off before it did.
 * Throws REPLAY_DIVERGED when the recorded run ended well without it: then it is the workflow that has changed.
 */
export function isBeyondPast({ journal }: RunContext, path: StepPath): boolean {
  if (!journal.closed || journal.step(path)) return false;
  if (!journal.endedWell) return true;
  throw new AiworkflowError({
    code: 'REPLAY_DIVERGED',
    message: `Step "${path}" begins now, and the recorded run ended well without it.`,
    hint: 'The workflow has another step, or a condition or a list decides otherwise: run it anew, or fork the recorded run.',
    details: { position: path, step: path },
  });
}
