import { idOfPart, type Position, type StepPath, stepIdsOf, stepOfPosition } from '../../domain/position.ts';
import type { ForkPoint } from '../../engine/journal/fork-point.ts';
import type { Journal } from '../../engine/journal/journal.ts';
import type { Past } from '../../engine/journal/past.ts';
import { DefinitionError } from '../../errors/index.ts';

/**
 * Another prompt is for the whole step: calls of it that come from the log were asked with the old one, and would end
 * the fork as a divergence. Throws USAGE, before anything runs, with the place to name instead.
 */
export function requireWholeStep(
  past: Past,
  point: ForkPoint,
  { journal, edited }: { readonly journal: Journal; readonly edited: Position | undefined },
): void {
  const ids = idsOf(point.step);
  const kept = [...past.calls.values()].find(
    ({ begun: { call, position } }) =>
      call === 'model' &&
      position !== edited &&
      journal.holds(position) &&
      idsOf(stepOfPosition(position)) === ids,
  );
  if (!kept) return;
  throw new DefinitionError({
    code: 'USAGE',
    message: `--prompt holds for all of step "${ids}", and a fork from ${point.call ?? point.step} takes ${kept.begun.position} from the log, which was asked with the old prompt.`,
    hint: `--from '${wholeStep(point.step)}' makes all of it anew; its items and rounds are paid for again.`,
    details: { from: point.call ?? point.step, kept: kept.begun.position, step: ids },
  });
}

/** `outer[1]/load[2]~3!2` -> `outer/load` */
const idsOf = (path: StepPath): string => stepIdsOf(path).join('/');

/** `outer[1]/load[2]` -> `outer`: the nearest place with all items, rounds and attempts of the step behind it. */
function wholeStep(path: StepPath): StepPath {
  const parts = path.split('/');
  const part = parts.findIndex((one) => idOfPart(one) !== one);
  return part < 0
    ? path
    : parts
        .slice(0, part + 1)
        .map(idOfPart)
        .join('/');
}
