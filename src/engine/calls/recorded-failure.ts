import type { FailureRecord, RunEnded, StepEnded } from '../../domain/events.ts';
import type { StepPath } from '../../domain/position.ts';
import { AiworkflowError } from '../../errors/index.ts';
import type { Journal } from '../journal/journal.ts';
import type { RunContext } from '../runs/run-context.ts';

/** How the step ended in the recorded run; '' is the run itself. */
export function recordedEnd(
  journal: Journal,
  path: StepPath,
): Pick<RunEnded | StepEnded, 'status' | 'error'> | undefined {
  return path === '' ? journal.ended : journal.step(path)?.ended;
}

export function recordedFailure(journal: Journal, path: StepPath): FailureRecord | undefined {
  return recordedEnd(journal, path)?.error;
}

/** Of several failures the first one. In a replay the one that was the first then: the clock decides that once. */
export function firstFailure(
  { journal }: RunContext,
  { around, failures }: { readonly around: StepPath; readonly failures: readonly unknown[] },
): unknown {
  const then = journal.closed ? recordedFailure(journal, around) : undefined;
  const same = failures.find(
    (failure) =>
      AiworkflowError.is(failure) && failure.code === then?.code && failure.message === then.message,
  );
  return same ?? failures[0];
}
