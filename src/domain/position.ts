/**
 * Where in a run something happens, as text that a person can read and type:
 *
 *   scan                a step
 *   load[2]             its third `forEach` item
 *   refine~3            its third `until` round
 *   load[2]!2           the second attempt of a step with `retry`
 *   curate/check        step `check` of the sub-workflow that step `curate` runs
 *   load[2]/m3          the model call of turn 3;  `m3!2` is its second attempt
 *   load[2]/t3.1        the first tool call of turn 3;  `t3.1!2` is its second attempt, in a run that was resumed
 *   load[2]/t3.1?2      the second time that the tool's probe was asked what became of that call
 *   load[2]/call        the tool call of a `call:` step
 *
 * Together with the fingerprint (the content) it identifies a call: the position alone would break when code
 * changes, the fingerprint alone cannot tell two equal calls apart.
 */
export type StepPath = string;
export type Position = string;

export const itemPath = (step: StepPath, index: number): StepPath => `${step}[${index}]`;
export const roundPath = (step: StepPath, round: number): StepPath => `${step}~${round}`;
export const attemptPath = (step: StepPath, attempt: number): StepPath =>
  attempt === 1 ? step : `${step}!${attempt}`;
export const innerPath = (outer: StepPath, inner: StepPath): StepPath =>
  outer === '' ? inner : `${outer}/${inner}`;

export const modelPosition = (step: StepPath, turn: number, attempt: number): Position =>
  attemptPath(`${step}/m${turn}`, attempt);
export const toolPosition = (step: StepPath, turn: number, index: number): Position =>
  `${step}/t${turn}.${index}`;
export const directCallPosition = (step: StepPath): Position => `${step}/call`;

export const probePosition = (call: Position, time: number): Position => `${call}?${time}`;

/** The call without its attempt: what an idempotency key is made of, because all attempts are the same call. */
export const callOfPosition = (position: Position): Position => position.replace(/[!?]\d+$/, '');

/** `load!2` and `load/m3!2` after `load` and `load/m3`. */
export function nextAttempt(place: string): string {
  const attempt = /!(\d+)$/.exec(place)?.[1];
  return attempt === undefined ? `${place}!2` : place.replace(/\d+$/, String(Number(attempt) + 1));
}

/** The step that a call belongs to: everything before the last slash. */
export function stepOfPosition(position: Position): StepPath {
  return position.slice(0, position.lastIndexOf('/'));
}

/** Ids of a step and of those around it, as the definition has them: `curate[1]/check[2]~3!2` -> `curate`, `check`. */
export const stepIdsOf = (path: StepPath): string[] => path.split('/').map(idOfPart);

/** `curate[1]/check[2]~3!2` -> `check` */
export const stepIdOf = (path: StepPath): string => idOfPart(path.slice(path.lastIndexOf('/') + 1));

/** `check[2]~3!2` -> `check` */
export const idOfPart = (part: string): string => part.replace(/[[~!].*$/, '');

/** What is around a step: of a round its item, of an item its loop, of a step in an inner workflow the outer one; '' is the run. */
export function outerPath(path: StepPath): StepPath {
  const first = path.replace(/!\d+$/, '');
  const around = first.replace(/(?:~|\[)\d+\]?$/, '');
  return around === first ? first.slice(0, Math.max(0, first.lastIndexOf('/'))) : around;
}

/** The turn of a model or tool call; 0 for the call of a `call:` step. */
export function turnOfPosition(position: Position): number {
  return Number(/\/[mt](\d+)[^/]*$/.exec(position)?.[1] ?? 0);
}
