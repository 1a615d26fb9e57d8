import type { Position } from '../../domain/position.ts';
import type { StepContext } from '../steps/step-context.ts';

/**
 * Whether work that ended badly in the log goes on: the recorded run did go on there (`next` is in the log), or the run
 * is resumed or forked, and may try again what failed. What failed just now is never tried again by this.
 */
export function leadsOn({ run, path }: StepContext, failed: Position, next: Position): boolean {
  if (!run.journal.holds(failed)) return false;
  return run.journal.holds(next) || run.journal.mayGoOn(path);
}
