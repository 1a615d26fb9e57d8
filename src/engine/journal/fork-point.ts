import { type Position, type StepPath, stepOfPosition } from '../../domain/position.ts';
import { DefinitionError, nearest } from '../../errors/index.ts';
import type { Past } from './past.ts';

/** The first thing of a recorded run that a fork does not take from it. */
export interface ForkPoint {
  readonly step: StepPath;
  /** Absent: the whole step, from its first call. */
  readonly call?: Position;
}

/**
 * `load`, `load[2]`, `refine~3`, `load[2]/m3`, `load/t1.2`, or the number that `show` gives a call.
 * Throws DefinitionError FORK_POINT_UNKNOWN.
 */
export function findForkPoint(past: Past, text: string): ForkPoint {
  const numbered = /^\d+$/.test(text) ? [...past.calls.keys()][Number(text) - 1] : undefined;
  const position = numbered ?? text;
  if (past.calls.has(position)) return { step: stepOfPosition(position), call: position };
  if (past.steps.has(text)) return { step: text };
  throw unknown(past, text);
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** The last call of a step: what it answered is what the step came to. */
export function lastCallOf(past: Past, step: StepPath): Position | undefined {
  return [...past.calls.keys()].findLast((position) => stepOfPosition(position) === step);
}

function unknown(past: Past, text: string): DefinitionError {
  const known = [...past.steps.keys(), ...past.calls.keys()];
  const guesses = nearest(text, known);
  const steps = [...past.steps.keys()].slice(0, 20).join(', ');
  return new DefinitionError({
    code: 'FORK_POINT_UNKNOWN',
    message: `Run ${past.runId} has no step, item or call "${text}"; it holds ${counted(past.steps.size, 'step')} and ${counted(past.calls.size, 'call')}.`,
    hint: `${guesses.length > 0 ? `did you mean ${guesses.join(' or ')}? ` : ''}Steps: ${steps || 'none'}. Calls are named like load[2]/m3, or by their number in \`aiworkflow show ${past.runId}\`.`,
    details: { asked: text },
  });
}
