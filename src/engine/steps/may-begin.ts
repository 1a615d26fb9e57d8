import { outerPath, type StepPath } from '../../domain/position.ts';
import { AiworkflowError, errorOfRecord } from '../../errors/index.ts';
import { recordedFailure } from '../calls/recorded-failure.ts';
import type { RunContext } from '../runs/run-context.ts';

/**
 * Whether a step may begin. After a failure nothing new does; but in a replay it is not this run's clock that decides
 * what had begun by then: a frozen one begins what the recorded run began, and no more.
 * Throws REPLAY_DIVERGED when the recorded run ended well without the step: then it is the workflow that has changed.
 */
export function mayBegin(
  { journal }: RunContext,
  path: StepPath,
  { failed }: { readonly failed: boolean },
): boolean {
  if (journal.step(path)) return true;
  if (failed || !journal.closed) return !failed;
  if (!journal.endedWell) return false;
  throw new AiworkflowError({
    code: 'REPLAY_DIVERGED',
    message: `Step "${path}" begins now, and the recorded run ended well without it.`,
    hint: 'The workflow has another step, or a condition or a list decides otherwise: run it anew, or fork the recorded run.',
    details: { position: path, step: path },
  });
}

/** For rounds, attempts and the steps of programs: throws what ends the replay when this one may not begin. */
export function requireMayBegin(run: RunContext, path: StepPath): void {
  if (!mayBegin(run, path, { failed: false })) throw endOfPast(run, path);
}

/**
 * What ends a replay that has come to a step which the recorded run never began, with no failure before it: what ended
 * the recorded run there (an interruption, a condition that could not be evaluated), or that it breaks off.
 */
export function endOfPast({ journal }: RunContext, next: StepPath): AiworkflowError {
  const failure = recordedFailure(journal, outerPath(next));
  if (failure) return errorOfRecord(failure);
  return new AiworkflowError({
    code: 'REPLAY_ENDED',
    message: `The recorded run breaks off before step "${next}" begins.`,
    hint: '`aiworkflow resume <run>` goes on with that run itself.',
    details: { position: next },
  });
}
