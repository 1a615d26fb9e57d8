import type { FailureRecord } from '../../domain/events.ts';
import type { StepState } from '../runs/fold-run.ts';
import type { Outcome } from './swap-report.ts';

/** What a case says about the model. What came from outside says nothing about it. */
export function outcomeOf({
  status,
  error,
  isFirst,
}: {
  readonly status: StepState['status'];
  readonly error: FailureRecord | undefined;
  /** Nothing was rejected, and it was the first attempt. */
  readonly isFirst: boolean;
}): Outcome {
  if (status === 'ok') return isFirst ? 'first-try' : 'repaired';
  if (error?.code === 'TOOL_NOT_RECORDED') return 'missing';
  return error && isOfTheModel(error.code) ? 'failed' : 'unfinished';
}

/** Answers that are none, and work that does not come to an end: the model's own doing. */
const ofTheModel = new Set([
  'ANSWER_BREAKS_CONTRACT',
  'ANSWER_TRUNCATED',
  'MODEL_REFUSED',
  'MODEL_CONTENT_FILTERED',
  'MODEL_CONTEXT_OVERFLOW',
  'MODEL_REQUEST_TOO_LARGE',
  'MODEL_PROTOCOL',
  'ROUNDS_EXHAUSTED',
  'LIMIT_REACHED',
]);

const isOfTheModel = (code: string): boolean => ofTheModel.has(code);
