import { callOfPosition, type Position } from '../../domain/position.ts';
import type { RunContext } from '../runs/run-context.ts';

/** The same for every attempt of a call: a tool that knows the key does the work once. */
export const idempotencyKey = ({ runId }: Pick<RunContext, 'runId'>, position: Position): string =>
  `${runId}/${callOfPosition(position)}`;
