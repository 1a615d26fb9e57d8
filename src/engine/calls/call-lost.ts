import type { FailureRecord } from '../../domain/events.ts';
import { AiworkflowError, errorOfRecord } from '../../errors/index.ts';
import { describePosition } from './describe-position.ts';
import type { CallRequest } from './performance.ts';

/** Thrown to whoever counts the attempts of a call: this one came to nothing, the next one is to be made. */
export function callLost({ position, name }: CallRequest): AiworkflowError {
  return new AiworkflowError({
    code: 'CALL_LOST',
    message: `The call of ${name} at ${describePosition(position)} was begun, and its end is not in the log.`,
    hint: 'It is made again.',
    details: { position, name },
  });
}

/** Failures that were met again in the log. Only these may be left by going on: what fails now, fails. */
const metAgain = new WeakSet<Error>();

export function failureFromLog(record: FailureRecord): AiworkflowError {
  const error = errorOfRecord(record);
  metAgain.add(error);
  return error;
}

export const isFromLog = (error: unknown): boolean => error instanceof Error && metAgain.has(error);

export const isLost = (error: unknown): boolean => AiworkflowError.is(error) && error.code === 'CALL_LOST';

/** A frozen replay meets the call that its parent died in. */
export function recordedInDoubt({ position, name }: CallRequest): AiworkflowError {
  return new AiworkflowError({
    code: 'REPLAY_ENDED',
    message: `The recorded run breaks off in the middle of ${name} at ${describePosition(position)}: nobody knows what it answered.`,
    hint: 'aiworkflow resume <run> goes on with that run itself.',
    details: { position, name },
  });
}
